"""
Writes statistics.json: golden values of every method of @assay/stats, each from its definition in the literature, computed
by mpmath from the very doubles of the inputs and then rounded once. With 60 digits; 30 for score intervals and integrals,
25 for recursions over looks. SciPy only stands witness.
Run from anywhere: /usr/bin/python3 test/golden/statistics.generate.py (mpmath 1.2, scipy 1.10; one to two minutes).
"""

import importlib
import json
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
here = Path(__file__).parent
sys.path.insert(0, str(here / 'statistics'))

from cases import witnessed  # noqa: E402

families = ['tails', 'fixed', 'health', 'counts', 'anytime', 'bayes', 'multiplicity', 'estimates', 'limits', 'canary', 'planned']

cases = []
for name in families:
    start = time.time()
    found = list(importlib.import_module(name).cases())
    print(f'{name}: {len(found)} cases, {time.time() - start:.1f} s')
    cases += found

counts = {}
for c in cases:
    counts[c['method']] = counts.get(c['method'], 0) + 1
    c['id'] = f'{c["method"]} {counts[c["method"]]}'
lines = [json.dumps({'id': c['id'], **c}, allow_nan=False) for c in cases]
(here / 'statistics.json').write_text('[\n' + ',\n'.join(lines) + '\n]\n')
print(f'{len(cases)} cases of {len(counts)} methods')
print(f'SciPy at most {float(max(witnessed)):.1g} off in {len(witnessed)} checks')
