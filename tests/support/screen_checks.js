// Measures the page as it is now and answers with what is wrong, in words. Evaluated in the page by screen_checks.py.
([contrast, target, text, mayScroll]) => {
  const problems = [];
  const top = document.querySelector("dialog[open]") ?? document.body;

  const visible = (element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const shown = style.visibility !== "hidden" && style.display !== "none";
    return shown && box.width > 1 && box.height > 1 && element.closest("[hidden]") === null;
  };
  const parse = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (above, below) => above.rgb.map((part, at) => part * above.alpha + below[at] * (1 - above.alpha));
  const ancestors = (element) => (element ? [element, ...ancestors(element.parentElement)] : []);
  const ground = (element) => {
    const layers = ancestors(element).map((one) => parse(getComputedStyle(one).backgroundColor));
    const opaque = layers.findIndex((layer) => layer.alpha === 1);
    return layers
      .slice(0, opaque + 1)
      .reverse()
      .reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  // Relative luminance and contrast as WCAG 2.2 defines them.
  const luminance = (rgb) => {
    const linear = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ratio = (a, b) => {
    const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const opacity = (element) => ancestors(element).reduce((all, one) => all * Number(getComputedStyle(one).opacity), 1);
  const nameOf = (element) => {
    const labels = [...(element.labels ?? [])].map((label) => label.textContent.trim());
    return element.getAttribute("aria-label") || element.textContent.trim() || labels.join(" ").trim();
  };

  const checkText = (element, words) => {
    const style = getComputedStyle(element);
    const below = ground(element);
    const colour = parse(style.color);
    const seen = ratio(over({ ...colour, alpha: colour.alpha * opacity(element) }, below), below);
    if (seen < contrast) problems.push(`contrast ${seen.toFixed(1)} of "${words}"`);
    if (parseFloat(style.fontSize) < text) problems.push(`${style.fontSize} of "${words}"`);
  };
  const checkTarget = (element) => {
    const shown = element.closest("label") ?? element;
    if (!visible(shown)) return;
    const box = shown.getBoundingClientRect();
    const size = `${box.width.toFixed(0)}x${box.height.toFixed(0)}`;
    if (box.height < target - 0.5 || box.width < target - 0.5) problems.push(`target ${size}: ${nameOf(element)}`);
    const outside = box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1;
    if (outside && !mayScroll) problems.push(`outside: ${nameOf(element)}`);
  };
  const checkFit = (element) => {
    const style = getComputedStyle(element);
    const wide = element.scrollWidth > element.clientWidth + 1;
    const tall = element.scrollHeight > element.clientHeight + 1;
    if (/auto|scroll/.test(style.overflowY + style.overflowX) && (wide || tall)) problems.push(`scrolls: ${element.className}`);
    const cut = wide && style.overflowX === "hidden" && style.textOverflow !== "ellipsis";
    if (cut && element.children.length === 0 && element.textContent) problems.push(`cut off: ${element.textContent}`);
  };

  // Where a text is really drawn: cut by everything around it that cuts.
  const cut = (box, element) => {
    const around = ancestors(element).filter((one) => getComputedStyle(one).overflow !== "visible");
    return around
      .map((one) => one.getBoundingClientRect())
      .reduce(
        (left, one) => ({
          ...{ left: Math.max(left.left, one.left), right: Math.min(left.right, one.right) },
          ...{ top: Math.max(left.top, one.top), bottom: Math.min(left.bottom, one.bottom) },
        }),
        box,
      );
  };
  const lines = [];
  const keepLines = (node, element) => {
    // A hint beside the pointer lies over what is below it.
    if (!element.checkVisibility() || element.closest(".tip")) return;
    if (ancestors(element).some((one) => /fixed/.test(getComputedStyle(one).position) && one !== top) || element.closest(".for-ears")) return;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top: above, bottom } of range.getClientRects()) {
      const box = cut({ left, right, top: above, bottom }, element);
      if (box.right - box.left > 4 && box.bottom - box.top > 4) lines.push({ box, element, words: node.textContent.trim() });
    }
  };
  // Letters may touch where lines are close; a third of a line on top of another cannot be read.
  const checkOverlaps = () => {
    lines.forEach((one, index) => {
      const least = Math.min(8, (one.box.bottom - one.box.top) / 3);
      const other = lines.slice(index + 1).find(({ box, element }) => {
        const wide = Math.min(box.right, one.box.right) - Math.max(box.left, one.box.left);
        const tall = Math.min(box.bottom, one.box.bottom) - Math.max(box.top, one.box.top);
        return element !== one.element && wide > 4 && tall > least;
      });
      if (other) problems.push(`"${one.words}" and "${other.words}" lie on each other`);
    });
  };

  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (words && visible(element) && !element.closest("noscript, script, style")) {
      checkText(element, words);
      keepLines(walker.currentNode, element);
    }
  }
  checkOverlaps();
  for (const element of top.querySelectorAll("button, a[href], input, [role=img], [role=meter], img")) {
    if (!visible(element) && !element.closest("label")) continue;
    const named = element.tagName === "IMG" ? element.hasAttribute("alt") : nameOf(element);
    if (!named) problems.push(`no name: ${element.outerHTML.slice(0, 90)}`);
  }
  for (const element of top.querySelectorAll("button, a[href], input")) checkTarget(element);
  if (!mayScroll) [...document.querySelectorAll("main, main *")].filter(visible).forEach(checkFit);
  if ([...document.querySelectorAll("h1")].filter(visible).length !== 1) problems.push("there must be one h1");
  if (!document.querySelector("main")) problems.push("there must be a main");
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth + 1 || page.scrollHeight > innerHeight + 1) problems.push("the page scrolls");
  return problems;
};
