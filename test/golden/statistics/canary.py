"""Evidence against a canary, stratum by stratum."""

import mpmath as mp

from cases import case, exact

RATIOS = [1 + exact(excess) for excess in (0.125, 0.25, 0.5, 1.0, 1.7, 2.0, 2.4, 4.0, 16.0)]
STAKES = [exact(0.3), exact(0.95)]


def start(s):
    """Weight of a start at round s: half on the first, then ln 2 / 2 (1 / ln s - 1 / ln (s + 1))."""
    return mp.mpf(1) / 2 if s == 1 else mp.log(2) / 2 * (1 / mp.log(s) - 1 / mp.log(s + 1))


def wealth(rounds):
    """
    Mixture over start times and a uniform grid: each mass is (before + pi_s / grid) times the round's ratio; with what is
    not yet staked they make the e-value.
    """
    masses, staked = [mp.mpf(0)] * len(rounds[0]), mp.mpf(0)
    for s, ratios in enumerate(rounds, 1):
        weight = start(s)
        staked += weight
        masses = [(m + weight / len(ratios)) * r for m, r in zip(masses, ratios)]
    return sum(masses) + 1 - staked


def likelihood_ratios(hits, trials, share):
    """Binomial with its odds times each ratio, over the one at the share."""
    found = []
    for rho in RATIOS:
        other = rho * share / (1 - share + rho * share)
        found.append((other / share) ** hits * ((1 - other) / (1 - share)) ** (trials - hits))
    return found


def block_bets(hits, trials, share):
    """Capital after betting each stake on the block's share of hits (Waudby-Smith and Ramdas 2024, section 4)."""
    return [1 + stake * (hits / trials - share) / share for stake in STAKES]


def reversed_trial(hits, trials, share):
    """From the other side: misses instead of hits."""
    return trials - hits, trials, 1 - share


def relative(stratum, margin):
    """Bad requests of the canary among all bad ones, against a canary (1 + margin) times as bad as the control."""
    (n, k), (m, l) = [(exact(stratum[b]['total']), exact(stratum[b]['bad'])) for b in ('canary', 'control')]
    odds = (1 + exact(margin)) * n
    return k, k + l, odds / (odds + m)


def absolute(stratum, floor):
    return exact(stratum['canary']['bad']), exact(stratum['canary']['total']), exact(floor)


def strata(rows):
    return [{'canary': {'total': a, 'bad': b}, 'control': {'total': c, 'bad': d}} for a, b, c, d in rows]


HISTORIES = [
    strata([(250, 7, 4750, 46)]),
    strata([(250, 2 + i % 3, 4750, 40 + i % 11) for i in range(30)]),
    strata([(25, 0, 9975, 1), (30, 4, 9970, 3), (24, 0, 9976, 0), (28, 2, 9972, 1)]),
    strata([(250, i % 4, 4750, 45) for i in range(60)] + [(250, 75, 4750, 47)] * 3),
    strata([(10**6, 1000, 10**6, 900), (10**6, 1200, 3 * 10**6, 2700)]),
    strata([(5, 5, 5, 0)] * 12),
    strata([(100, 0, 100, 10)] * 200),
]


def ln_wealth(trials, ratios):
    return mp.log(wealth([ratios(*t) for t in trials if t[1] > 0]))


def cases():
    for rows in HISTORIES:
        for margin in 0.1, 0.5:
            limits = {'margin': margin, 'floor': 0.005}
            inputs = {'strata': rows, 'limits': limits}
            against = [relative(s, margin) for s in rows]
            floor = [absolute(s, limits['floor']) for s in rows]
            ln_e = ln_wealth(against, likelihood_ratios)
            yield case('betLikelihood', inputs, {'lnE': ln_e})
            blocks = ln_wealth(against, block_bets)
            yield case('betBlock', inputs, {'lnE': blocks})
            # Suspicion is the weighted mean of requests' evidence, the smaller of that against the margin and against the
            # floor, and of users', of whom nothing is known here.
            least = mp.exp(min(ln_e, ln_wealth(floor, likelihood_ratios)))
            for resumed, trust in (False, exact(1e9)), (True, exact(1e-9)):
                yield case('lnSuspicion', {**inputs, 'resumed': resumed}, {'lnE': mp.log((trust * least + 1) / (trust + 1))})
            # Harm is the smallest of users' and blocks' evidence, each against the margin and the floor.
            over = [ln_wealth(floor, bets) for bets in (likelihood_ratios, block_bets)]
            yield case('lnHarm', inputs, {'lnE': min(ln_e, blocks, *over)})
            # Safety is the mean of the evidence against the margin, the smaller where there are several, and the floor.
            safe = ln_wealth([reversed_trial(*t) for t in against], likelihood_ratios)
            safe_blocks = ln_wealth([reversed_trial(*t) for t in against], block_bets)
            below = ln_wealth([reversed_trial(*t) for t in floor], likelihood_ratios)
            mean = lambda a, b: mp.log((mp.exp(a) + mp.exp(b)) / 2)
            yield case('lnSafety', {**inputs, 'full': False}, {'lnE': mean(safe, below)})
            yield case('lnSafety', {**inputs, 'full': True}, {'lnE': mean(min(safe, safe_blocks), below)})
    for ln_es, weights in ([0.0, 3.0], [1, 1]), ([-800.0, -801.0, -799.5], [1, 2, 0.5]), ([1000.0, -5.0], [1e-9, 7]), ([2.5], [3]):
        total = sum(exact(w) * mp.exp(exact(e)) for e, w in zip(ln_es, weights)) / sum(map(exact, weights))
        yield case('lnMean', {'values': ln_es, 'weights': weights}, {'lnE': mp.log(total)})
    for level, attempt in (0.05, 1), (0.001, 2), (1e-9, 1000):
        # Level / (n (n + 1)) adds up to the level.
        yield case('lnNeeded', {'level': level, 'attempt': attempt}, {'lnE': mp.log(attempt * (attempt + 1) / exact(level))})
