"""Pictures to move by hand: first a guess, then what comes of it.

One function for each; a call as the last line of a cell shows it in the built book (without a
kernel), in JupyterLab and in VS Code. Words come from the message file of the language that
`softmax_course.language.use` selected. Without scripts and on paper the start stands there as a
picture and a table. The arithmetic of the scripts is compared with `softmax_course` in the tests.

Examples
--------
>>> from softmax_course import explorables
>>> explorables.simplex()
Class  Logit z  Probability p
cat    2        0.7856
dog    −1       0.0391
fox    0.5      0.1753
"""

from softmax_course.teaching.explorables.attention import attention
from softmax_course.teaching.explorables.gumbel import gumbel
from softmax_course.teaching.explorables.next_token import next_token
from softmax_course.teaching.explorables.online import online
from softmax_course.teaching.explorables.overflow import overflow
from softmax_course.teaching.explorables.simplex import simplex

__all__ = ["attention", "gumbel", "next_token", "online", "overflow", "simplex"]
