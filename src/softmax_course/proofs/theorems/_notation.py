"""Definitions that several theorems share, as LaTeX (see `softmax_course.proofs.latex`)."""

SOFTMAX = {"p_i": r"\frac{e^{z_i}}{S}", "S": r"\sum_{j=1}^{n} e^{z_j}"}
SOFTMAX_T = {"p_i": r"\frac{e^{z_i/T}}{S}", "S": r"\sum_{j=1}^{n} e^{z_j/T}"}
JACOBIAN = {**SOFTMAX, "J_{ik}": r"p_i \left(\delta_{ik} - p_k\right)"}
CROSS_ENTROPY = r"-\sum_{j=1}^{n} y_j \log p_j"
TARGET_SUMS_TO_ONE = r"\sum_{j=1}^{n} y_j = 1"
