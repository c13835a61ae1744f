//! What repeated measurements say.

/** The middle value; of an even number, the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the ratios round by round: what drifts with the machine drifts in both. */
export function medianRatio(ours, theirs) {
  return median(ours.map((value, round) => value / theirs[round]));
}

/** Half the range between the quartiles, as a share of the median: how much to trust it. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.round((sorted.length - 1) * share)];
  return (at(0.75) - at(0.25)) / 2 / median(values);
}
