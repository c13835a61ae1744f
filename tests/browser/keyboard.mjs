//! Somebody who has no mouse: whatever they press, they reach by Tab first, and see where they are.
import assert from "node:assert/strict";
import { Person } from "./person.mjs";

const STEPS = 120;

/** A person who does by keys alone what {@link Person} does. */
export class KeyboardPerson extends Person {
  at(testid, scope) {
    return byKeyboard(this.page, super.at(testid, scope));
  }
}

/** A locator whose acts are done by keys. What it only reads, and the file dialog, stay as they are. */
function byKeyboard(page, locator) {
  const keyboard = page.keyboard;
  const acts = {
    click: () => reach(page, locator).then(() => keyboard.press("Enter")),
    uncheck: () => reach(page, locator).then(() => keyboard.press("Space")),
    check: () => reach(page, locator).then(() => keyboard.press("Space")),
    fill: async (text) => {
      await reach(page, locator);
      await keyboard.press("ControlOrMeta+A");
      await keyboard.insertText(text);
    },
    selectOption: async ({ label }) => {
      await reach(page, locator);
      await keyboard.type(label);
      assert.equal(await locator.evaluate((select) => select.selectedOptions[0].label), label);
    },
    first: () => byKeyboard(page, locator.first()),
    nth: (place) => byKeyboard(page, locator.nth(place)),
    filter: (by) => byKeyboard(page, locator.filter(by)),
  };
  return new Proxy(locator, {
    get: (target, name) => {
      const found = acts[name] ?? target[name];
      return typeof found === "function" && !acts[name] ? found.bind(target) : found;
    },
  });
}

/** Presses Tab until the element has the focus, and looks that it shows. */
async function reach(page, locator) {
  await locator.waitFor();
  for (let step = 0; step < STEPS; step += 1) {
    if (await locator.evaluate((element) => element === document.activeElement && !element.disabled)) {
      const shows = await locator.evaluate((element) => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      });
      assert.ok(shows, `the focus does not show on ${locator}`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  assert.fail(`${locator} is not reached by Tab`);
}
