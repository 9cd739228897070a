"""Why somebody does what he does, for those who read of it later. Pure."""

LONGEST = 2000


def problem(text: str, *, of: str) -> str:
    """What is wrong with it as the reason of something, as a sentence; empty if nothing is."""
    if not text.strip():
        return f"Say why: {of} needs a reason for those who read of it later."
    if not is_unicode(text):
        return "The reason is no UTF-8 text."
    if len(text.strip()) > LONGEST:
        return f"The reason is longer than {LONGEST:,} characters."
    return ""


def is_unicode(text: str) -> bool:
    """False for what a shell makes of other bytes; it can be neither sent nor stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
