#!/usr/bin/env python3
"""Counts every cell of every signed bulletin again from the exported facts:
bihuan export log --data D | tools/recount.py rules/areas/units.csv
Of each case the last case_counted and conversion_counted stand; cumulative adjustments known at signing are added."""
import collections
import csv
import json
import sys
def prefix(code):  # a division and all below it share it
    return next((code[:n] for n in (2, 4, 6, 9) if code.endswith('0' * (12 - n))), code)
rows = [r for r in csv.DictReader(open(sys.argv[1], encoding='utf-8')) if not r['to']]
units = {r['id']: [[prefix(c) for c in r[k].split('|') if c] for k in ('members', 'excludes')] for r in rows}
def holds(unit, code):  # the longest prefix decides
    inside, outside = (max((len(p) for p in side if code.startswith(p)), default=-1) for side in units[unit])
    return inside > outside
last, adjusted, signed, withdrawn = {}, [], {}, set()
for event in map(json.loads, sys.stdin):
    fields, kind = event.get('fields') or {}, event['kind']
    if kind in ('case_counted', 'conversion_counted'):
        last[kind, fields['case']] = event
        if kind == 'case_counted' and 'counted_ms' not in fields:  # its conversion goes with it
            last.pop(('conversion_counted', fields['case']), None)
    elif kind == 'publisher_adjusted':
        adjusted.append(event)
    elif kind == 'bulletin_signed':
        signed[fields['from_ms'], fields['to_ms']] = event
    elif kind == 'fact_withdrawn':
        withdrawn.add(fields['target'])
tally = collections.Counter()  # (unit, status, severity, hour) -> persons
for (kind, case), event in last.items():
    fields = event['fields']
    if event['seq'] not in withdrawn and 'counted_ms' in fields:
        for unit in units:
            if holds(unit, last['case_counted', case]['area']):
                tally[unit, fields.get('status', 'converted'), fields['severity'], fields['counted_ms'][:13]] += 1
cells = wrong = 0
for (begin, end), event in sorted(signed.items()):
    for unit in json.loads(event['fields']['figures'])['units']:
        want = collections.Counter()
        for (name, status, severity, hour), n in tally.items():
            if name == unit['area'] and hour < end[:13]:
                what = 'asymptomatic' if status == 'asymptomatic' else 'confirmed'
                for span in ['cumulative'] + ['new'] * (hour >= begin[:13]):
                    want[what + '_' + span] += n
                    want['severity_' + span, severity] += n
                want['converted'] += n * (status == 'converted' and hour >= begin[:13])
        for a in (a for a in adjusted if a['seq'] < event['seq'] and a['seq'] not in withdrawn and holds(unit['area'], a['area'])):
            if a['fields']['to_ms'] <= end:
                want[a['fields']['measure']] += a['fields']['value']
                want['severity_cumulative', a['fields'].get('severity')] += a['fields']['value']
        found = {k: unit[k] for k in unit if k == 'converted' or k.startswith(('confirmed_', 'asymptomatic_'))}
        found.update({(k, s): n for k in ('severity_new', 'severity_cumulative') for s, n in unit[k].items()})
        for key, value in ((k, v) for k, v in found.items() if v is not None):
            cells, wrong = cells + 1, wrong + (value != want[key])
            if value != want[key]:
                print(begin, unit['area'], key, 'signed', value, 'counted', want[key])
print(f'{cells} cells of {len(signed)} bulletins, {wrong} differ')
sys.exit(wrong > 0)
