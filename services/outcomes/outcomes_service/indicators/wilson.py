"""The Wilson score interval of a share."""

from math import sqrt
from typing import Final

Z: Final = 1.959963984540054  # two-sided 95 %


def wilson(k: int, n: int) -> tuple[float, float] | None:
    """Lower and upper bound of k/n with 95 % confidence; None where there is no share.

    Source: Wilson (1927), without continuity correction; what statsmodels calls `method="wilson"`.
    """
    if n <= 0 or not 0 <= k <= n:
        return None
    share, z2 = k / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = max(0.0, middle - half) if k else 0.0  # exactly: a last bit would put the share outside its own interval
    return low, min(1.0, middle + half) if k < n else 1.0
