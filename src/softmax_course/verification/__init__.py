"""How right the numbers are: references, error bounds, difference quotients, and a report."""
