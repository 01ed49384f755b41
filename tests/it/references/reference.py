"""The statistics of exams as NumPy, SciPy and Pingouin work them out: JSON in, JSON out, null for what is undefined."""

import json
import math
import sys
import warnings

import numpy
import pandas
import pingouin
import scipy.stats

warnings.filterwarnings("ignore")


def defined(value):
    return float(value) if value is not None and math.isfinite(value) else None


def alpha(scores):
    if min(scores.shape) < 2 or numpy.ptp(scores.sum(axis=1)) == 0:
        return None
    return defined(pingouin.cronbach_alpha(data=pandas.DataFrame(scores))[0])


def kr20(points, scores):
    is_right = numpy.isclose(scores, points)
    if min(scores.shape) < 2 or not (is_right | (scores == 0)).all():
        return None
    totals = scores.sum(axis=1)
    p = is_right.mean(axis=0)
    k = len(points)
    return defined(k / (k - 1) * (1 - (points**2 * p * (1 - p)).sum() / totals.var(ddof=0)))


def correlation(x, y):
    if len(x) < 2 or numpy.ptp(x) == 0 or numpy.ptp(y) == 0:
        return None
    return defined(scipy.stats.pearsonr(x, y).statistic)


def figures(table):
    points = numpy.array(table["points"], dtype=float)
    scores = numpy.array(table["rows"], dtype=float).reshape(len(table["rows"]), len(points))
    totals = scores.sum(axis=1)
    found = alpha(scores)
    deviation = defined(totals.std(ddof=1)) if len(totals) > 1 else None
    is_positive = found is not None and found >= -1e-9  # zero, but for rounding
    return {
        "mean": defined(totals.mean()),
        "deviation": deviation,
        "quartiles": [defined(value) for value in numpy.percentile(totals, [25, 50, 75])],
        "alpha": found,
        "kr20": kr20(points, scores),
        "standard_error": deviation * math.sqrt(1 - found) if is_positive else None,
        "difficulty": [defined(value) for value in scores.mean(axis=0) / points],
        "discrimination": [correlation(scores[:, at], totals - scores[:, at]) for at in range(len(points))],
        "slope": defined(scipy.stats.linregress(numpy.arange(len(totals)), totals).slope) if len(totals) > 1 else None,
    }


json.dump([figures(table) for table in json.load(sys.stdin)], sys.stdout)
