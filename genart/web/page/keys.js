// The keyboard: what each key does, wherever nothing is being written.
export function keys(act) {
  addEventListener("keydown", (event) => {
    const { target, code, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|TEXTAREA)$/.test(target.tagName)) return;
    const slider = target.type === "range";
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    const plain = {
      k: () => act.flip("keep_colors"), x: () => act.flip("mirror"), b: act.split, f: act.full, s: act.snapshot,
      r: act.record, m: act.learnMidi, "?": act.help, "[": () => act.nudge("blend", -0.05), "]": () => act.nudge("blend", 0.05),
      ...(slider ? {} : { ArrowLeft: () => act.step(-1), ArrowRight: () => act.step(1),
        ArrowUp: () => act.nudge("strength", 0.05), ArrowDown: () => act.nudge("strength", -0.05) }),
    };
    const doing = digit ? () => (event.shiftKey ? act.store : act.recall)(Number(digit[1])) : plain[key];
    if (!doing || (event.repeat && !key.startsWith("Arrow"))) return;
    event.preventDefault();
    doing();
  });
}
