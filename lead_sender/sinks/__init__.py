"""Where leads go. Each sink sends one message within a deadline, or says why not and whether to try again."""

UNSAFE = "not safe"
"""What the reason begins with when nothing was sent because others could have read it: an operator has to act."""


class NotSent(Exception):
    """A message was not taken. `final`: it never will be, as it is. `wait_s`: the receiver said when to come back."""

    def __init__(self, why: str, *, final: bool = False, wait_s: float = 0) -> None:
        super().__init__(why)
        self.final = final
        self.wait_s = wait_s
