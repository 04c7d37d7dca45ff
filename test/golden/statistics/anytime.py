"""Effects at any time: normal mixtures and asymptotic confidence sequences."""

import mpmath as mp

from cases import case, evidence, exact, none
from counts import optimal_weight
from fixed import ALTERNATIVES
from tails import normal_tail


def ln_normal_mixture(z, ratio, one_sided):
    """
    ln of the likelihood mixed over a centred Gaussian of `ratio` times the estimate's variance (Robbins 1970), over the
    null's; over the Gaussian's upper half for one-sided evidence (Howard et al. 2021, Proposition 6).
    """
    both = z * z / 2 * ratio / (1 + ratio) - mp.log1p(ratio) / 2
    return both + mp.log(2 * normal_tail(-z * mp.sqrt(ratio / (1 + ratio)))) if one_sided else both


def mixture_bound(ratio, alpha, one_sided):
    """The z at which the mixture is 1 / alpha: in closed form if two-sided, else by bisection."""
    closed = lambda a: mp.sqrt(2 * (1 + ratio) / ratio * mp.log(mp.sqrt(1 + ratio) / a))
    if not one_sided:
        return closed(alpha)
    low, high = -closed(alpha), closed(alpha)
    for _ in range(190):
        middle = (low + high) / 2
        low, high = (middle, high) if ln_normal_mixture(middle, ratio, True) < -mp.log(alpha) else (low, middle)
    return low


def confidence_sequence(effect, planned, alpha, alternative):
    """The mixture at the effect's z-score, and the effects it does not reject (Waudby-Smith et al. 2024, Theorem 2.2)."""
    one_sided = alternative != 'two-sided'
    value, error = exact(effect['value']), exact(effect['standardError'])
    # One-sided at alpha is about two-sided at twice alpha, and tuned like it.
    tuning = {'planned': planned, 'alpha': exact(alpha) * (2 if one_sided else 1)}
    ratio = exact(effect['n']) / optimal_weight(tuning)
    z = value / error * (-1 if alternative == 'less' else 1)
    reach = mixture_bound(ratio, exact(alpha), one_sided) * error
    return {
        'effect': value,
        **evidence(ln_normal_mixture(z, ratio, one_sided)),
        'ci': [
            -mp.inf if alternative == 'less' else value - reach,
            mp.inf if alternative == 'greater' else value + reach,
        ],
    }


def linear_test(effect, planned, alpha):
    """
    Mixture of t likelihoods (Lindon et al. 2022, eq. 16 for one coefficient): (1 + r)^(-1/2) times the ratio of
    1 + t^2 / (df (1 + r)) to 1 + t^2 / df, to the power -(df + 1) / 2; its interval where it stays below 1 / alpha.
    """
    value, error, df = exact(effect['value']), exact(effect['standardError']), exact(effect['df'])
    ratio = exact(effect['n']) / optimal_weight({'planned': planned, 'alpha': alpha})
    t2 = (value / error) ** 2
    ln_e = -mp.log1p(ratio) / 2 - (df + 1) / 2 * (mp.log1p(t2 / df / (1 + ratio)) - mp.log1p(t2 / df))
    # The quotient at the threshold, and the t^2 / df that has it.
    quotient = (exact(alpha) / mp.sqrt(1 + ratio)) ** (2 / (df + 1))
    scaled = (1 - quotient) / (quotient - 1 / (1 + ratio))
    reach = error * mp.sqrt(scaled * df) if scaled > 0 else mp.inf
    return {'effect': value, **evidence(ln_e), 'ci': [value - reach, value + reach]}


EFFECTS = [
    (0, 1.0, 100), (0.7, 1e-9, 2), (-2.5, 3.0, 5000), (4, 1e-3, 1e6), (-12, 1e5, 1e9), (40, 0.2, 1e12), (-40, 1e-6, 1e4),
]


def cases():
    k = 0
    for z, error, n in EFFECTS:
        for planned in 100, 1e4, 1e9:
            for alternative in ALTERNATIVES:
                k += 1
                alpha = [0.05, 0.01, 0.2, 1e-6][k % 4]
                effect = {'value': z * error, 'standardError': error, 'n': n}
                inputs = {'effect': effect, 'planned': planned, 'alpha': alpha, 'alternative': alternative}
                yield case('confidenceSequence', inputs, confidence_sequence(effect, planned, alpha, alternative))
    effect = {'value': 1.0, 'standardError': 1.0, 'n': 10}
    for planned, alpha in (0, 0.05), (-5, 0.05), (100, 0.0), (100, 1.0):
        inputs = {'effect': effect, 'planned': planned, 'alpha': alpha, 'alternative': 'two-sided'}
        yield none('confidenceSequence', inputs, 'out-of-range')
    for t, error, n, df in [
        (0, 1.0, 5, 2), (3, 0.1, 4, 1), (-2, 1e-6, 30, 27), (5, 3.0, 1000, 997), (40, 1.0, 1e6, 1e6 - 3),
        (-12, 2.0, 1e12, 1e12 - 3),
    ]:
        for planned in 100, 1e6:
            for alpha in 0.05, 0.001:
                effect = {'value': t * error, 'standardError': error, 'n': n, 'df': df}
                inputs = {'effect': effect, 'planned': planned, 'alpha': alpha}
                yield case('linearTest', inputs, linear_test(effect, planned, alpha))
