"""Parts of IPython that libraries look for."""
