/** Where this browser keeps which jobs it is to notify of. */
export const TOLD_KEY = "spt3g-notify";
