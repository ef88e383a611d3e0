"""The numbers of a chart, straight out of the view `figures`, with nothing but pymongo:

    MONGO_URL=... python chart.py workwell returned

One line an area: how many of how many, the share and its 95 % interval; then the scheme as a whole, worked out here.
"""

import os
import sys
from math import sqrt

from pymongo import MongoClient

Z = 1.959963984540054  # 95 % of a normal distribution lie within so many standard deviations


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson's interval of k of n."""
    p, z2 = k / n, Z * Z
    middle, spread = p + z2 / (2 * n), Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + z2 / n)), min(1.0, (middle + spread) / (1 + z2 / n))


def line(area: str, k: int, n: int, low: float, high: float) -> str:
    """As a program reads it."""
    return f"{area},{k},{n},{k / n:.6f},{low:.6f},{high:.6f}"


scheme, measure = sys.argv[1:3]
figures = MongoClient(os.environ["MONGO_URL"])[os.environ.get("DATABASE", "footing_outcomes")]["figures"]
asked = {"scheme_id": scheme, "measure": measure, "definition": "seed", "synthetic": True, "n": {"$gt": 0}}
print("area,k,n,rate,low,high")
k = n = 0
for row in figures.find(asked).sort("area"):
    print(line(row["area"], row["k"], row["n"], row["low"], row["high"]))
    k, n = k + row["k"], n + row["n"]
if n:
    print(line("all", k, n, *wilson(k, n)))
