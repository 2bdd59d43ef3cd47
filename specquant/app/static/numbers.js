// Numbers as people of the laboratory read them; what is not known is a dash.

export const DASH = "\u2013";

export const known = (value) => value !== null && value !== undefined && Number.isFinite(value);

const LITTLE = 0.00995; // fraction below which per cent have two decimals, as in reports

export const percent = (fraction, digits = 1) => (known(fraction) ? (100 * fraction).toFixed(fraction > 0 && fraction < LITTLE ? Math.max(digits, 2) : digits) : DASH);

export const change = (fraction) => {
  if (!known(fraction)) return DASH;
  const text = (100 * fraction).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return fraction > 0 ? `+${text}` : text.replace("-", "\u2212");
};

export const interval = (lower, upper) => (known(lower) && known(upper) ? `${percent(lower)} to ${percent(upper)}` : DASH);

export const signed = (value, digits = 1) => (value > 0 ? `+${value.toFixed(digits)}` : value.toFixed(digits).replace("-", "\u2212"));

const KEV = 5000; // eV; energies of a beam from here on are written in keV

// The unit in which a parameter is shown, and how many of its own units that is.
export const shownUnit = (parameter) => (parameter.unit === "eV" && parameter.default >= KEV ? { scale: 1000, unit: "keV" } : { scale: 1, unit: parameter.unit });

// A number without needless zeros: 15, 284.8.
export const plain = (value) => (known(value) ? String(Number(value.toPrecision(7))) : "");
