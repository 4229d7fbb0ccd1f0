"""What is shown to a reader, in the reader's language."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=[
        "exercises",
        "explorables",
        "figures",
        "language",
        "libraries",
        "playground",
        "quiz",
    ],
)
