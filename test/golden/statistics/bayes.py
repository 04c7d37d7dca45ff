"""Gaussian posteriors: of one effect, and of which of several branches is the best."""

import mpmath as mp

from cases import case, exact, none
from tails import normal_quantile, normal_tail


def expected_gain(mean, sd):
    """E max(0, X) for Gaussian X (DeGroot 1970, section 11.9)."""
    return sd * mp.npdf(mean / sd) + mean * normal_tail(-mean / sd)


def posterior(value, error, prior, alpha):
    """Conjugate Gaussian (Gelman et al. 2013, eq. 2.10): precisions add, means weigh by them; a flat prior has none."""
    precision = 0 if prior is None else 1 / exact(prior['variance'])
    centre = 0 if prior is None else exact(prior['mean'])
    own = 1 / error**2
    mean, sd = (own * value + precision * centre) / (own + precision), 1 / mp.sqrt(own + precision)
    reach = sd * normal_quantile(exact(alpha) / 2)
    return {
        'mean': mean,
        'standardDeviation': sd,
        'chanceToWin': normal_tail(-mean / sd),
        'expectedLoss': {'control': expected_gain(mean, sd), 'treatment': expected_gain(-mean, sd)},
        'ci': [mean - reach, mean + reach],
    }


def posterior_cases():
    priors = [None, {'mean': 0.0, 'variance': 0.01}, {'mean': -0.3, 'variance': 1e-8}, {'mean': 5.0, 'variance': 1e6}]
    for i, (z, error) in enumerate([(0, 1.0), (1.5, 0.01), (-2.2, 30.0), (8, 1e-9), (-20, 0.5), (36, 2.0), (-36, 1e-3)]):
        for prior in priors:
            effect = {'value': z * error, 'standardError': error}
            inputs = {'effect': effect, 'alpha': [0.05, 1e-6][i % 2]}
            expected = posterior(exact(effect['value']), exact(error), prior, inputs['alpha'])
            far = abs(expected['mean'] / expected['standardDeviation']) > 37
            if not far:
                yield case('posterior', inputs if prior is None else {**inputs, 'prior': prior}, expected)
    effect = {'value': 1.0, 'standardError': 1.0}
    yield none('posterior', {'effect': effect, 'alpha': 1.0}, 'out-of-range')
    yield none('posterior', {'effect': effect, 'alpha': 0.05, 'prior': {'mean': 0.0, 'variance': 0.0}}, 'out-of-range')


def best(branches):
    """Chance to be the greatest and E max - X for independent Gaussians, by integrals over the greatest; in greatest errors."""
    with mp.workdps(30):
        gaussians = [(exact(b['value']), mp.sqrt(exact(b['variance']))) for b in branches]
        cuts = sorted({m + k * s for m, s in gaussians for k in range(-12, 13, 2)})
        chances, greatest = [], mp.mpf(0)
        for i, (m, s) in enumerate(gaussians):
            others = [g for j, g in enumerate(gaussians) if j != i]
            own = [x for x in cuts if abs(x - m) <= 12 * s]
            density = lambda x: mp.npdf(x, m, s) * mp.fprod(normal_tail((a - x) / b) for a, b in others)
            chances.append(gauss(density, own))
            greatest += gauss(lambda x: x * density(x), own)
        unit = max(s for _, s in gaussians)
        return [{'chanceToBeBest': c, 'lossInErrors': (greatest - m) / unit} for c, (m, _) in zip(chances, gaussians)]


NODES = mp.calculus.quadrature.GaussLegendre(mp.mp).calc_nodes(4, 110)


def gauss(f, cuts):
    """Gauss-Legendre's rule of 48 points on each panel."""
    total = mp.mpf(0)
    for a, b in zip(cuts, cuts[1:]):
        half, middle = (b - a) / 2, (a + b) / 2
        total += half * mp.fsum(w * f(middle + half * x) for x, w in NODES)
    return total


def best_cases():
    for branches in [
        [(1.0, 0.04), (1.1, 0.05)],
        [(0.0, 1.0), (0.0, 1.0), (0.0, 1.0)],
        [(-1e-6, 1e-12), (1e-6, 4e-12), (0.0, 1e-12)],
        [(100.0, 1.0), (103.0, 2.0), (97.0, 0.5), (101.0, 9.0)],
        [(5.0, 1e-6), (5.002, 1.0)],
        [(0.1, 1e-4), (0.3, 1e-4), (0.2, 2e-4)],
    ]:
        inputs = {'branches': [{'value': value, 'variance': variance} for value, variance in branches]}
        yield case('best', inputs, {'standings': best(inputs['branches'])})


def cases():
    yield from posterior_cases()
    yield from best_cases()
