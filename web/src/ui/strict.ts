// xterm.js makes style elements and style attributes; the policy of these pages (default-src 'self') refuses both, but lets scripts set the same rules
// through the object model. So both are turned into that.

/** To be called before a terminal is opened. */
export function allowStyles(): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions): HTMLElement =>
    name === 'style' ? sheetElement(create('template')) : create(name, options)) as typeof document.createElement;

  const set = HTMLElement.prototype.setAttribute;
  HTMLElement.prototype.setAttribute = function (this: HTMLElement, name: string, value: string): void {
    if (name === 'style') {
      this.style.cssText = value;
    } else {
      set.call(this, name, value);
    }
  };
}

/** In the place of a style element, of which even an empty one is refused: what is written into it becomes a sheet of the document, for as long as it lives. */
function sheetElement(element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, 'textContent', {
    get: () => '',
    set: (rules: string) => sheet.replaceSync(rules),
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}
