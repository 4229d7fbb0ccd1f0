"""References in fifty digits, error bounds, difference quotients, and a report that uses them."""
