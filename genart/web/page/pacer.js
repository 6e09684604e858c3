// Ticks that a browser does not slow down when the page's tab is hidden.
let timer = null;
onmessage = ({ data }) => {
  clearInterval(timer);
  timer = data > 0 ? setInterval(() => postMessage(0), 1000 / data) : null;
};
