// Measures, inside the page, when a picture that answers a key press has been painted; one rule for every contestant.
//
// A picture counts from the end of the first animation frame that contains it. "Contains" means: an <img> is decoded,
// a canvas is drawn, a text is set. The end of a frame is the first task after its rendering step: a message that is
// posted in the frame's own callback. Whoever draws inside a frame callback is not made to wait for the next one.
(() => {
  if (window.courseWatch) return;

  // ---- frames ----------------------------------------------------------------------------------------------------
  let inFrame = false;
  const plainFrame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => plainFrame((time) => {
    inFrame = true;
    // A MutationObserver's callback was queued before this one, so it still sees that it runs inside a frame.
    try { callback(time); } finally { queueMicrotask(() => { inFrame = false; }); }
  });
  function frameEnd(then) {
    const post = () => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => then(performance.now());
      channel.port2.postMessage(0);
    };
    if (inFrame) post(); else plainFrame(post);
  }

  // ---- what is looked at -----------------------------------------------------------------------------------------
  let find = () => null;   // the element that carries the picture, looked up anew: `interact` replaces it each time
  let observer = null;
  let onPicture = () => {};

  function fingerprint(element) {
    if (!element) return null;
    if (element instanceof HTMLImageElement) return element.src;
    if (!(element instanceof HTMLCanvasElement)) return element.textContent;
    const pen = element.getContext('2d');
    const pixels = new Uint32Array(pen.getImageData(0, 0, element.width, element.height).data.buffer);
    let sum = 2166136261;
    for (let i = 0; i < pixels.length; i += 3) sum = Math.imul(sum ^ pixels[i], 16777619);
    return `${element.width}x${element.height} ${sum}`;
  }

  let pending = false;
  function changed() {
    if (pending) return;  // several changes inside one frame are one picture
    pending = true;
    frameEnd((time) => { pending = false; onPicture(time); });
  }

  const plainDraw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...args) {
    plainDraw.apply(this, args);
    if (this.canvas === find()) changed();
  };

  function look(place, selector) {
    const root = document.querySelector(place);
    find = () => root.querySelector(selector);
    observer?.disconnect();
    observer = new MutationObserver(() => {
      const element = find();
      if (element instanceof HTMLCanvasElement || !element) return;
      // decode() fails where the image is replaced meanwhile: that picture was never seen, so it doesn't count.
      if (element instanceof HTMLImageElement) element.decode().then(changed, () => {});
      else changed();
    });
    observer.observe(root, {subtree: true, childList: true, characterData: true, attributes: true,
                            attributeFilter: ['src']});
  }

  // ---- one key press ---------------------------------------------------------------------------------------------
  let pressed = null;
  window.addEventListener('keydown', () => { pressed ??= performance.now(); }, true);

  function arm() {
    const before = fingerprint(find());
    pressed = null;
    window.courseAnswer = null;
    onPicture = (time) => {
      if (pressed === null || window.courseAnswer !== null) return;
      if (fingerprint(find()) === before) return;  // redrawn, but nothing new to see yet
      window.courseAnswer = time - pressed;
    };
  }

  // ---- a drag ----------------------------------------------------------------------------------------------------
  function count() {
    const tally = {pictures: 0, first: null, last: null};
    let before = fingerprint(find());
    onPicture = (time) => {
      const now = fingerprint(find());
      if (now === before || now === null) return;
      before = now;
      tally.pictures += 1;
      tally.first ??= time;
      tally.last = time;
    };
    window.courseTally = tally;
  }

  // Nothing is under way: the kernel is idle, and a figure that refines its picture at rest has done so.
  function idle() {
    const {kernel} = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const figure = document.querySelector('div.lf');
    return kernel.status === 'idle' && (!figure || figure.dataset.state === 'rest');
  }

  // Resolves when nothing has changed for `quiet` ms and nothing is under way.
  function settled(quiet) {
    return new Promise((resolve) => {
      let timer;
      const look = () => (idle() ? resolve() : again());
      const again = () => { clearTimeout(timer); timer = setTimeout(look, quiet); };
      onPicture = again;
      again();
    });
  }

  function rest() { onPicture = () => {}; }

  window.courseWatch = {look, arm, count, settled, rest, fingerprint: () => fingerprint(find())};
})();
