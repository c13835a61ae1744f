//! Where things lie in this checkout.
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The absolute path of something in the checkout. */
export const workspacePath = (...parts) => join(root, ...parts);
