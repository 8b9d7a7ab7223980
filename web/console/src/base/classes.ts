// Five classes for a map: zero, and four bands whose upper edges are round numbers near the quartiles.

function roundEdge(value: number): number {
  if (value <= 0) return 0
  const size = 10 ** Math.floor(Math.log10(value))
  for (const step of [1, 2, 3, 5, 10]) if (value <= step * size) return Number((step * size).toPrecision(2))
  return 10 * size
}

/** Four growing edges; the last stands for "more than the third". Fewer when the values do not spread that far. */
export function classEdges(values: (number | null | undefined)[]): number[] {
  const known = values.filter((v): v is number => typeof v === 'number' && v > 0).sort((a, b) => a - b)
  if (known.length === 0) return []
  const edges: number[] = []
  for (const share of [0.25, 0.5, 0.75, 1]) {
    const edge = roundEdge(known[Math.min(known.length - 1, Math.ceil(known.length * share) - 1)] as number)
    if (edges.length === 0 || edge > (edges[edges.length - 1] as number)) edges.push(edge)
  }
  return edges
}
