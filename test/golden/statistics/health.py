"""Is the experiment itself sound: sample-ratio mismatch, for one look and for any."""

import mpmath as mp
from scipy import stats

from cases import case, check, evidence, exact
from counts import bernoulli_interval, ln_dirichlet_multinomial
from fixed import difference, t_test
from multiplicity import holm


def chi_square(observed, weights):
    """Pearson's chi-square against shares; its tail is the regularised upper incomplete gamma function (DLMF 8.2.4)."""
    arms = [(exact(n), exact(w)) for n, w in zip(observed, weights) if w > 0]
    n, weight = sum(a for a, _ in arms), sum(w for _, w in arms)
    df = max(len(arms) - 1, 0)
    if df == 0 or n == 0:
        return mp.mpf(0), df, mp.mpf(1)
    chi2 = sum((a - n * w / weight) ** 2 / (n * w / weight) for a, w in arms)
    return chi2, df, mp.gammainc(mp.mpf(df) / 2, chi2 / 2, regularized=True)


SPLITS = [
    ([1, 1], [1, 1]),
    ([0, 2], [1, 1]),
    ([3, 0], [9, 1]),
    ([5000, 5300], [1, 1]),
    ([44700, 45489], [1, 1]),
    ([99012, 988], [99, 1]),
    ([500, 480, 9], [1, 1, 0]),
    ([100000, 101000, 99500], [1, 1, 1]),
    ([10000, 5100, 4900, 20120], [0.25, 0.125, 0.125, 0.5]),
    ([100, 90, 120, 80, 110, 95, 105, 100, 99, 101], [1] * 10),
    ([500002000000, 499998000000], [1, 1]),
    ([500000000000, 500000000000], [1, 1]),
    ([500019000000, 499981000000], [1, 1]),
    ([333333433333, 333333233333, 333333333334], [1, 1, 1]),
    ([1000600, 999400], [0.5, 0.5]),
    ([7, 12, 4], [0.2, 0.5, 0.3]),
    ([700, 300], [1, 1]),
    ([30, 999970], [1, 65535]),
]


def chi_square_cases():
    for observed, weights in SPLITS:
        chi2, df, p = chi_square(observed, weights)
        if df > 0:
            check(p, stats.chi2.sf(float(chi2), df), 1e-9)
        expected = {'chiSquared': chi2, 'degreesOfFreedom': df}
        if p > mp.mpf(10) ** -290:
            expected['pValue'] = p
        yield case('sampleRatio', {'observed': observed, 'weights': weights}, expected)
    for nothing in ([], []), ([0, 0], [1, 1]), ([5, 3], [1, 0]):
        yield case('sampleRatio', {'observed': nothing[0], 'weights': nothing[1]}, {'pValue': 1})


def ln_phases(phases, concentration):
    """ln of the product over phases of Dirichlet-multinomial e-values centred on the weights (Lindon and Malek 2022, eq. 4)."""
    total = mp.mpf(0)
    for phase in phases:
        arms = [(exact(n), exact(w)) for n, w in zip(phase['users'], phase['weights']) if w > 0]
        weight = sum(w for _, w in arms)
        shares = [w / weight for _, w in arms]
        total += ln_dirichlet_multinomial([n for n, _ in arms], shares, [exact(concentration) * s for s in shares])
    return total


def sequential_cases():
    for users, weights in SPLITS:
        for concentration in 10000, 100:
            phases = [{'users': users, 'weights': weights}]
            expected = evidence(ln_phases(phases, concentration))
            yield case('sequentialSampleRatio', {'phases': phases, 'concentration': concentration}, expected)
    ramp = [
        {'users': [9903, 97], 'weights': [99, 1]},
        {'users': [9010, 990], 'weights': [9, 1]},
        {'users': [5003, 5110], 'weights': [1, 1]},
    ]
    for phases in ramp[:2], ramp, ramp + [{'users': [4000, 6000], 'weights': [1, 1]}]:
        yield case('sequentialSampleRatio', {'phases': phases, 'concentration': 10000}, evidence(ln_phases(phases, 10000)))


def crossover_cases():
    """The share of users seen in more than one branch, with its exact interval."""
    for users, crossed in ([500, 510], [5, 4]), ([10**6, 10**6], [0, 0]), ([10**9, 10**7], [12345, 99]):
        phases = [{'users': users, 'weights': users, 'crossed': crossed}]
        tuning = {'planned': 1000}
        expected = {'share': exact(sum(crossed)) / sum(users), 'ci': bernoulli_interval(sum(crossed), sum(users), tuning)}
        yield case('crossover', {'phases': phases, 'tuning': tuning}, expected)


COVARIATES = [
    [((1.0, 0.01, 50), (1.2, 0.012, 60))],
    [((5.0, 1.0, 9), (5.0, 1.0, 9)), ((0.0, 1e-9, 1e5), (2e-4, 1e-9, 1e5)), ((-3.0, 0.1, 3.5), (-2.0, 0.2, 4.5))],
    [((0.0, 1.0, 1e12), (z, 1.0, 1e12)) for z in (0.0, 2.0, -5.0, 14.0, 28.0, 57.0)],
]


def imbalance_cases():
    """Covariates from before the test, by t-tests with Holm's adjustment."""
    for family in COVARIATES:
        tests = []
        for control, treatment in family:
            tests.append(t_test(*difference(*([exact(x) for x in b] for b in (control, treatment))), 0.05, 'two-sided'))
        pairs = [[dict(zip(('value', 'variance', 'df'), b)) for b in pair] for pair in family]
        yield case('imbalance', {'covariates': pairs}, {'lnP': holm([t['lnP'] for t in tests])})


def cases():
    yield from chi_square_cases()
    yield from sequential_cases()
    yield from crossover_cases()
    yield from imbalance_cases()
