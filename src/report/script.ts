/**
 * All that the page does by itself: while audio plays, a line goes along the track of its utterance. Without scripts
 * the page is complete.
 */
export const script = `
for (const audio of document.querySelectorAll('audio')) {
  const track = audio.parentElement.querySelector('.track');
  if (!track) continue;
  const line = track.querySelector('.playhead');
  const from = Number(line.getAttribute('x1'));
  const to = Number(track.dataset.right);
  const seconds = Number(track.dataset.seconds);
  const move = () => {
    const x = from + (to - from) * Math.min(1, audio.currentTime / seconds);
    line.setAttribute('transform', 'translate(' + (x - from) + ')');
    track.classList.toggle('playing', audio.currentTime > 0);
    if (!audio.paused) requestAnimationFrame(move);
  };
  for (const event of ['play', 'seeked', 'pause']) audio.addEventListener(event, move);
}
`;
