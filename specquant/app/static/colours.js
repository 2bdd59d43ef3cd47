// Colours of images and phases, the same for the colour-blind.

// Viridis, by some of its colours: even in lightness.
const STOPS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [109, 205, 89], [180, 222, 44], [253, 231, 37]];

// Okabe and Ito, then Tol's muted ones.
const PHASES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#332288", "#882255", "#999933", "#44aa99", "#aa4499"];

export function viridis(share) {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const low = Math.min(STOPS.length - 2, Math.floor(at));
  return STOPS[low].map((value, index) => Math.round(value + (at - low) * (STOPS[low + 1][index] - value)));
}

export const phaseColour = (number) => PHASES[number % PHASES.length];

const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

export const phaseParts = (number) => parts(phaseColour(number));
