"""logger: the events of every session, append only; any gateway can pick a session up from them."""
