"""One look at a sample whose size was settled beforehand: differences and lifts of means."""

import math

import mpmath as mp
from scipy import stats

from cases import case, check, exact, none, probability
from tails import normal_quantile, normal_tail, student_quantile, student_tail

ALTERNATIVES = ['two-sided', 'greater', 'less']
Z = [0, 0.5, -1.96, 3, -10, 20, 40]
ALPHAS = [0.05, 0.01, 0.2, 1e-6]


def t_test(value, error, df, alpha, alternative):
    """Student's test of value / error with df degrees of freedom, the normal's where they are infinite (Welch 1947)."""
    t = value / error
    tail = normal_tail if mp.isinf(df) else lambda x: student_tail(x, df)
    sides = 2 if alternative == 'two-sided' else 1
    against = {'two-sided': abs(t), 'greater': t, 'less': -t}[alternative]
    share = exact(alpha) / sides
    reach = error * (normal_quantile(share) if mp.isinf(df) else student_quantile(share, df))
    return {
        'effect': value,
        'standardError': error,
        'statistic': t,
        'df': df,
        **probability(mp.log(sides * tail(against))),
        'ci': [
            -mp.inf if alternative == 'less' else value - reach,
            mp.inf if alternative == 'greater' else value + reach,
        ],
    }


def mean_estimate(moments):
    """A mean, the variance of it (n - 1) and that variance's degrees of freedom."""
    n = exact(moments['n'])
    return exact(moments['mean']), exact(moments['m2']) / (n - 1) / n, n - 1


def welch_df(control, treatment):
    """Degrees of freedom of the sum of two variances (Satterthwaite 1946; Welch 1947, eq. 28)."""
    (_, v, f), (_, w, g) = control, treatment
    return (v + w) ** 2 / (v**2 / f + w**2 / g)


def difference(control, treatment):
    """Treatment less control."""
    return treatment[0] - control[0], mp.sqrt(control[1] + treatment[1]), welch_df(control, treatment)


def lift(control, treatment):
    """(T - C) / |C| by the delta method: gradient (-T / C^2, 1 / C) up to the sign (Deng et al. 2018, section 3.1)."""
    (c, v, _), (t, w, _) = control, treatment
    return (t - c) / abs(c), mp.sqrt(w / c**2 + t**2 * v / c**4), welch_df(control, treatment)


def moments(n, mean, deviation):
    return {'n': n, 'mean': mean, 'm2': deviation**2 * (n - 1)}


# n, mean and standard deviation of the control, n and standard deviation of the treatment.
BRANCHES = [
    (2, 1.0, 1.0, 2, 1.5),
    (2, -3.0, 0.1, 1e6, 7.0),
    (3, 1e-9, 1e-9, 5, 2e-9),
    (10, -5.5, 2.0, 12, 2.5),
    (97, 1e8, 3.0, 103, 0.001),
    (1000, 0.0, 1.0, 10, 30.0),
    (12345, 0.02, 0.14, 12289, 0.1414),
    (1e6, -1e-7, 10.0, 1e6, 11.0),
    (1e9, 1e-3, 1.0, 1e8, 1e-3),
    (1e12, 250.0, 400.0, 1e12, 405.0),
    (1e12, -1e-6, 1e-2, 2, 1.0),
    (400, 7.0, 0.0, 300, 1.0),
]


def comparisons():
    """Branches some standard errors apart, under each alternative in turn."""
    k = 0
    for n, mean, deviation, m, spread in BRANCHES:
        error = math.sqrt(deviation**2 / n + spread**2 / m)
        for z in Z:
            control, treatment = moments(n, mean, deviation), moments(m, mean + z * error, spread)
            yield control, treatment, ALPHAS[k % 4], ALTERNATIVES[k % 3]
            k += 1


def welch_cases():
    for control, treatment, alpha, alternative in comparisons():
        inputs = {'control': control, 'treatment': treatment, 'alpha': alpha, 'alternative': alternative}
        apart = difference(mean_estimate(control), mean_estimate(treatment))
        expected = t_test(*apart, alpha, alternative)
        if 'pValue' in expected:
            sides = 2 if alternative == 'two-sided' else 1
            t = {'two-sided': abs, 'greater': float, 'less': lambda x: -x}[alternative](float(expected['statistic']))
            check(expected['pValue'], sides * stats.t.sf(t, float(apart[2])), 1e-7)
        yield case('difference', inputs, expected)
        if control['mean'] != 0:
            yield case('lift', inputs, t_test(*lift(mean_estimate(control), mean_estimate(treatment)), alpha, alternative))


def none_cases():
    one, two, zero = moments(1, 4.0, 0.0), moments(2, 5.0, 1.0), moments(50, 0.0, 1.0)
    constant = moments(10, 3.0, 0.0)
    for control, treatment, alpha, differs, lifts in [
        (one, two, 0.05, 'insufficient', 'insufficient'),
        (two, one, 0.05, 'insufficient', 'insufficient'),
        ({'n': 0, 'mean': 0, 'm2': 0}, two, 0.05, 'insufficient', 'insufficient'),
        (constant, constant, 0.05, 'no-variance', 'no-variance'),
        (constant, moments(20, 4.0, 0.0), 0.05, 'no-variance', 'no-variance'),
        (zero, two, 0.05, None, 'zero-baseline'),
        (moments(50, 1e-320, 1.0), two, 0.05, None, 'zero-baseline'),
        (two, zero, 0.0, 'out-of-range', 'out-of-range'),
        (two, zero, 1.0, 'out-of-range', 'out-of-range'),
    ]:
        inputs = {'control': control, 'treatment': treatment, 'alpha': alpha, 'alternative': 'two-sided'}
        if differs is not None:
            yield none('difference', inputs, differs)
        yield none('lift', inputs, lifts)


def cases():
    yield from welch_cases()
    yield from none_cases()
