// The entry of `@keyferry/sdk/content` in Node.
import "./node.js";

export * from "./content.js";
