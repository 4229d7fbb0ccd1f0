"""Softmax: its numerics, the proofs of its formulas, checks of both, and tools to teach it.

Everything a notebook needs is imported from here, in one style::

    from softmax_course import cross_entropy, figures, language, softmax, theorems

Names are loaded when they are first asked for (PEP 562): importing the package loads neither SymPy
nor Matplotlib. They are listed in ``__init__.pyi``. Five rooms hold the code; an arrow says
who may import whom:

==================  ============================================================================
``numerics``        softmax and its losses, derivatives and relatives, in NumPy
``proofs``          derivations in SymPy, each line proved for every number of classes
``models``          grammars whose entropy is known, models that learn their text
``verification``    references in fifty digits, error bounds, difference quotients, the report
``teaching``        what speaks the reader's language: figures, explorables, exercises, quizzes
==================  ============================================================================

``teaching → verification, models → numerics, proofs → _checks``. Nothing imports ``teaching``;
``numerics`` and ``proofs`` do not know each other, ``models`` know ``numerics`` alone.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
