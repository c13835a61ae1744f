"""What a reader says when it does not believe what it was given."""


class Refusal(Exception):
    """A refusal with one of the stable codes of the page."""

    def __init__(self, code: str, why: str = ""):
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code


def require(holds: bool, code: str, why: str) -> None:
    """Refuses with `code` unless it holds."""
    if not holds:
        raise Refusal(code, why)
