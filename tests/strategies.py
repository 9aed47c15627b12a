"""Looks at clusters as hypothesis draws them: each object in any state that a night can leave it in, under any annotations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from sleepwalker.core.annotations import TABLE, read
from sleepwalker.core.instants import show_instant
from sleepwalker.core.policy import NamespaceSelector, Policies, Policy, WorkloadSelector
from sleepwalker.core.record import Record, Yielded
from sleepwalker.core.targets import Namespace, Snapshot, Span, Workload
from tests.builders import (
    ARGO,
    AUTOSCALER,
    EVENING,
    HELM,
    HOUR,
    KUBECTL_APPLY,
    KUBECTL_SCALE,
    LONG_AGO,
    MINUTE,
    MORNING,
    NEXT_MORNING,
    NIGHT,
    NOON,
    OFFICE_HOURS,
    OURS,
    REPLICAS,
    SUSPEND,
    cronjob,
    namespace,
    policies,
    prefixed,
    ref,
    rule,
    snapshot,
    workload,
)

INSTANTS = (MORNING - MINUTE, MORNING, NOON, EVENING - MINUTE, EVENING, NIGHT, NEXT_MORNING, NIGHT + timedelta(days=4))
TIMES = [show_instant(at) for at in (NOON, NIGHT, NIGHT + HOUR, NEXT_MORNING, NIGHT + timedelta(days=9))]
NAMES = ("team", "other")
MANAGERS = (OURS, HELM, ARGO, KUBECTL_APPLY, KUBECTL_SCALE, AUTOSCALER)

GOOD = {
    "uptime": ["always", "never", OFFICE_HOURS, "Mon-Sun 06:00-22:30 Europe/Berlin"],
    "downtime": ["never", "Fri 20:00 - Mon 06:00", "20:00-08:00"],
    "policy": ["office", "nights"],
    "protected": ["true", "false"],
    "floor": ["0", "1", "4"],
    "wave": ["-1", "0", "7"],
    "grace": ["30m", "0"],
    "keep-awake-until": TIMES,
    "asleep-until": TIMES,
    "override-by": ["alice", "kubectl"],
    "override-reason": ["demo"],
    "missed-runs": ["skip", "run"],
}
KEYS = [row.name for row in TABLE] + ["uptme", "", "ASLEEP"]

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "\x00", "💤", "Mon-Fri 25:00-26:00", "Europe", "../../etc/passwd", "9999-12-31T23:59:59-23:59"]
    ),
    st.sampled_from([None, True, 3, 2.5, ["a"], {"b": 1}]),
)

good_annotations = st.fixed_dictionaries({}, optional={key: st.sampled_from(found) for key, found in GOOD.items()})
bad_annotations = st.dictionaries(st.sampled_from(KEYS), texts, max_size=3)
any_annotations = st.builds(lambda good, bad: {**good, **bad}, good_annotations, bad_annotations)
few_annotations = st.one_of(st.just({}), good_annotations, any_annotations)


@st.composite
def records(draw: st.DrawFn, pointer: str) -> Record:
    original, asleep = draw(st.sampled_from([(1, 0), (3, 0), (3, 1), (6, 2)])) if pointer == REPLICAS else (False, True)
    return Record(
        since=draw(st.sampled_from([EVENING, EVENING - timedelta(days=1)])),
        original={pointer: original},
        set={pointer: asleep},
        because="policy office: downtime",
        owners={pointer: draw(st.sampled_from([(), (HELM,), (KUBECTL_APPLY,), (HELM, KUBECTL_APPLY)]))},
        put_back=draw(st.integers(0, 4)),
        yielded=draw(st.sampled_from([None, None, Yielded("kubectl", NEXT_MORNING)])),
    )


@st.composite
def workloads(draw: st.DrawFn, name: str, home: str, *, calm: bool = False) -> tuple[Workload, Span | None]:
    """An object, awake or held, its record there, stripped or spoilt, its fields as we left them or not.

    A calm one is as we left it, and nothing about it is in doubt.
    """
    kind, pointer = draw(st.sampled_from([("Deployment", REPLICAS), ("Deployment", REPLICAS), ("CronJob", SUSPEND)]))
    values = st.integers(0, 8) if pointer == REPLICAS else st.booleans()
    held = draw(st.one_of(st.none(), records(pointer)))
    value = (
        draw(st.just(held.set[pointer]) if calm else st.one_of(st.just(held.set[pointer]), values))
        if held
        else draw(values)
    )
    annotations = draw(good_annotations if calm else few_annotations)
    annotations.pop("asleep", None)
    made = replace(
        workload(name) if kind == "Deployment" else cronjob(name),
        ref=ref(name, home, kind),
        created=draw(st.sampled_from([LONG_AGO, LONG_AGO, None, NIGHT - 10 * MINUTE])),
        wishes=read(prefixed(annotations), "workload"),
        fields={pointer: value},
        owners={pointer: draw(st.sampled_from([(), *((each,) for each in MANAGERS), (OURS, HELM)]))},
        record=held,
        rolling=draw(st.sampled_from([False, False, True])),
        critical=draw(st.sampled_from([False] * 9 + [True])),
        deleting=draw(st.sampled_from([False] * 9 + [True])),
        controller=draw(st.sampled_from([None] * 5 + [ref("owner", home), ref("owner", home, "Unheard")])),
    )
    match draw(
        st.sampled_from(["kept", "stripped"] if calm else ["kept", "kept", "stripped", "spoilt", "lost", "stale"])
    ):
        case "stripped" if held:
            return replace(made, record=None), Span(made.ref, made.uid, held)
        case "spoilt" if held:
            known = Span(made.ref, made.uid, held) if draw(st.booleans()) else None
            return replace(made, record=None, record_wrong="it is not JSON"), known
        case "stale" if held:
            return made, Span(made.ref, "another uid", held)
        case "lost":
            return made, None
        case _:
            return made, Span(made.ref, made.uid, held) if held else None


@st.composite
def namespaces(draw: st.DrawFn, name: str, *, calm: bool = False) -> Namespace:
    labels = draw(st.sampled_from([{}, {"tier": "dev"}]))
    annotations = draw(good_annotations if calm else few_annotations)
    return namespace(name, annotations=annotations, labels=labels, deleting=draw(st.sampled_from([False] * 9 + [True])))


@st.composite
def snapshots(draw: st.DrawFn, *, calm: bool = False) -> Snapshot:
    things: list[Namespace | Workload | Span] = []
    for home in draw(st.sampled_from([NAMES[:1], NAMES, (*NAMES, "kube-system")])):
        things.append(draw(namespaces(home, calm=calm)))
        for number in range(draw(st.integers(0, 3))):
            made, known = draw(workloads(f"w{number}", home, calm=calm))
            things += [made, known] if known else [made]
    return snapshot(*things)


@st.composite
def policy_sets(draw: st.DrawFn, *, calm: bool = False) -> Policies:
    schedules = [(OFFICE_HOURS, None), (None, "20:00-08:00"), ("always", None), ("never", None), (None, None)]
    return policies(
        *(
            Policy(
                name=name,
                rule=rule(*draw(st.sampled_from(schedules))),
                priority=draw(st.integers(0, 2)),
                namespaces=draw(st.sampled_from([NamespaceSelector(), NamespaceSelector({"tier": "dev"})])),
                workloads=draw(st.sampled_from([WorkloadSelector(), WorkloadSelector(frozenset({"Deployment"}))])),
                floor=draw(st.sampled_from([None, 0, 2])),
                missed_runs=draw(st.sampled_from([None, "run"])),
                wrong="" if calm else draw(st.sampled_from([""] * 9 + ["policy cannot be read"])),
            )
            for name in draw(st.sampled_from([("office", "nights")] if calm else [("office",), ("office", "office")]))
        ),
        protected=draw(st.sampled_from([(), (), ("oth*",)])),
        itself=draw(st.sampled_from([None, ref("w0")])),
        grace=draw(st.sampled_from([timedelta(0), HOUR])),
    )


instants = st.sampled_from(INSTANTS)
