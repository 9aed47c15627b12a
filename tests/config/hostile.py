"""Values that nobody should write, for every field that takes text."""

import pytest

HOSTILE = [
    pytest.param(None, id="null"),
    pytest.param(7, id="a number"),
    pytest.param(-1.5, id="a fraction"),
    pytest.param(True, id="true"),
    pytest.param([], id="an empty list"),
    pytest.param(["Mon"], id="a list"),
    pytest.param({}, id="an empty object"),
    pytest.param({"a": {"b": 1}}, id="an object"),
    pytest.param("", id="empty"),
    pytest.param("   ", id="spaces"),
    pytest.param("x" * 2**20, id="a megabyte"),
    pytest.param("😀" * 50, id="emoji"),
    pytest.param("a\x00b", id="NUL"),
    pytest.param("a\r\nb", id="line ends"),
    pytest.param("\x1b[31mred", id="a terminal's escape"),
    pytest.param("\u202eneves", id="right to left"),
    pytest.param("9999-12-31", id="the last date"),
    pytest.param("0001-01-01", id="the first date"),
    pytest.param("99999-01-01", id="a date too far"),
    pytest.param("../../../etc/passwd", id="a path upwards"),
    pytest.param("/etc/passwd", id="an absolute path"),
    pytest.param("Europe", id="a folder of zones"),
    pytest.param("Mon-Fri 08:00-20:00 ../../etc/passwd", id="a zone that is a path"),
    pytest.param("{{ .Values.uptime }}", id="a template"),
    pytest.param("%s%s%n", id="a format"),
    pytest.param("*" * 1000, id="wildcards"),
    pytest.param("9" * 5000, id="digits without end"),
]
