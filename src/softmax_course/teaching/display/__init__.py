"""How what the course computes and proves shows itself to a reader."""
