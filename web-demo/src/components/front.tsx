import type { ComponentChildren } from "preact";
import { Logo } from "./logo";
import { ThemeToggle } from "./theme-toggle";

/** The frame of the pages before login: what this is, beside the form. */
export function Front(props: { children: ComponentChildren }) {
  return (
    <div class="front">
      <aside class="front-words">
        <Logo />
        <p class="front-claim">Files cross over. Keys stay with people.</p>
        <ul class="front-facts">
          <li>Your browser encrypts before anything leaves it.</li>
          <li>Twelve words prove who is on the other side.</li>
          <li>The relay carries sealed boxes and holds no key to them.</li>
        </ul>
        <Waves />
      </aside>
      <main class="front-form">
        <div class="front-theme">
          <ThemeToggle />
        </div>
        {props.children}
      </main>
    </div>
  );
}

function Waves() {
  return (
    <svg class="waves" viewBox="0 0 400 90" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 30q25-18 50 0t50 0 50 0 50 0 50 0 50 0 50 0 50 0v60H0z" opacity="0.35" />
      <path d="M0 50q25-18 50 0t50 0 50 0 50 0 50 0 50 0 50 0 50 0v40H0z" opacity="0.6" />
      <path d="M0 70q25-14 50 0t50 0 50 0 50 0 50 0 50 0 50 0 50 0v20H0z" />
    </svg>
  );
}
