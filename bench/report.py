def page(r):
    return ""


def table(r):
    return ""
