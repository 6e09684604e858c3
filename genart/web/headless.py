"""A clip painted without a page, every frame of it, by the same loop."""

from genart import interrupts
from genart.image.clip import Clip
from genart.progress import OnStep
from genart.web.canvas import Canvas, sizes_for
from genart.web.desk import Desk
from genart.web.outlets import Outlet


def paint_clip(clip: Clip, desk: Desk, add: Outlet, *, on_step: OnStep = lambda done, total: None) -> int:
    """Paint a clip's frames in their order, as the desk stands at each of them.

    Frames of more than 720 lines are painted at 720. Ctrl-C ends it after the frame that is being painted.

    Parameters
    ----------
    add : takes the painted frames, uint8 [h, w, 3]
    on_step : called with (frames done, all, as far as the file tells)

    Returns
    -------
    How many frames were painted.
    """
    size = sizes_for(clip.width, clip.height)[-1]
    canvas = Canvas(desk.style.painter, [size])
    done = 0
    try:
        with interrupts.deferred() as heed:
            canvas.prepare(size)
            for done, frame in enumerate(clip, 1):
                add(canvas.paint(frame, desk.look(), size=size)[0])
                on_step(done, max(done, clip.frames or 0))
                heed()
    except KeyboardInterrupt:
        if not done:
            raise
    return done
