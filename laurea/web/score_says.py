"""What a round's scores come to, in sentences of the reader's language: the line, agreement, severity, correction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evaluators.agreement import RELIABLE, TENTATIVE, Agreement
from evaluators.calibration import Calibration, Refusal
from evaluators.round_scores import Compared
from laurea.documents import score_words
from laurea.documents.drawing import short
from laurea.web.reader import Reader
from rules.plan import Plan

NAMED = 8  # further reviews a page names


def line(found: Compared, bands: Mapping[str, int], reader: Reader) -> list[str]:
    """Where the line is, and how many can be told from it; `bands`: how many stand in each."""
    _ = reader.words.gettext
    says = []
    if found.line is not None and found.threshold:
        says.append(_("The line is a total of {points} points.").format(points=short(found.line)))
    elif found.line is not None:
        says.append(
            _("The line lies at {points} points, between the last place and the first without one.").format(
                points=short(found.line)
            )
        )
    elif found.chances:
        says.append(_("Places are given in groups, each with a line of its own."))
    else:
        says.append(_("The rules draw no line through the scores."))
    if found.chances:
        says.append(
            _(
                "With a probability of 95 % or more, {above} belong above the line and {below} below it; {open} cannot "
                "be told apart there."
            ).format(**{band: reader.number(number) for band, number in bands.items()})
        )
    return says


def agreement(found: Agreement, calibration: Calibration, reader: Reader) -> list[str]:
    """How far jurors agree."""
    _ = reader.words.gettext
    if found.alpha is None:
        return [_("No application has two scores that differ, so nothing can be said about agreement.")]
    alpha = f"{found.alpha:.2f}".replace("-", "−")
    if found.alpha >= RELIABLE:
        judged = _("Jurors agree well (alpha {alpha}; 1 is full agreement, 0 is chance).")
    elif found.alpha >= TENTATIVE:
        judged = _("Jurors agree enough for tentative conclusions (alpha {alpha}; 1 is full agreement, 0 is chance).")
    elif found.alpha > 0:
        judged = _(
            "Jurors agree little: single scores should not decide (alpha {alpha}; 1 is full agreement, 0 is chance)."
        )
    else:
        judged = _("Jurors agree no better than by chance (alpha {alpha}; 1 is full agreement, 0 is chance).")
    says = [judged.format(alpha=alpha)]
    if found.icc_single is not None and found.icc_mean is not None:
        says.append(
            _(
                "Of what makes single scores differ, {single} % lies in the applications themselves; of what makes the "
                "mean of {k} scores differ, {mean} %."
            ).format(
                single=round(100 * found.icc_single),
                mean=round(100 * found.icc_mean),
                k=short(found.k).rstrip("0").rstrip("."),
            )
        )
    parts = calibration.components
    if parts is not None:
        says.append(
            _(
                "Scores differ by {application} points between applications, by {juror} between severe and generous "
                "jurors, and by {noise} for other reasons."
            ).format(application=short(parts.application), juror=short(parts.juror), noise=short(parts.noise))
        )
    return says


def correction(found: Compared, plan: Plan, reader: Reader) -> list[str]:
    """Whether correcting for severity would help, or why it cannot be done; and what the rules say of it."""
    _ = reader.words.gettext
    calibration, prescribed = found.scored.calibration, plan.jury is not None and plan.jury.calibration == "prescribed"
    if calibration.refused is not None:
        says = [refused(calibration.refused, reader)]
    else:
        advice = calibration.advice
        form = (
            _(
                "Correcting for severity helps here: a score left out is foretold with an error of {adjusted} points "
                "instead of {mean}."
            )
            if advice.adjust
            else _(
                "Correcting for severity does not help here: a score left out is foretold with an error of {adjusted} "
                "points instead of {mean}, which is no clear gain. Keep the scores as they are."
            )
        )
        if math.isfinite(advice.error_mean):  # else nothing could be compared
            says = [form.format(adjusted=short(advice.error_adjusted), mean=short(advice.error_mean))]
        else:
            says = [_("No score can be foretold from others, so the scores are kept as they are.")]
    if prescribed:
        says.append(_("The rules prescribe the correction: the points decided on are the corrected ones."))
    elif calibration.refused is None:
        says.append(_("The rules decide on the scores as they are; corrected ones are shown for comparison only."))
    return says


def refused(found: Refusal, reader: Reader) -> str:
    """Why scores cannot be corrected, and which reviews would change it."""
    _ = reader.words.gettext
    says = {
        "not_connected": _(
            "Scores cannot be corrected for severity: the jury falls into parts that share no application, so nobody "
            "can say whether one part is stricter than another. These further reviews would join them: {reviews}."
        ),
        "one_juror": _(
            "Scores cannot be corrected for severity: one juror gave all of them. A second juror would have to review "
            "some of the applications."
        ),
        "too_few": _(
            "Scores cannot be corrected for severity: there are too few to tell it from chance. More applications "
            "would have to be shared between jurors."
        ),
    }.get(found.code, _("Scores cannot be corrected for severity."))
    also = _("{juror} also reviews {application}, beside {beside}")
    some = [also.format(juror=one.juror, application=one.application, beside=one.beside) for one in found.bridges]
    return says.format(reviews="; ".join(some[:NAMED]) + (" …" if len(some) > NAMED else ""))


def jurors(found: Compared, reader: Reader) -> list[dict[str, Any]]:
    """The jurors, the widest apart first, each with figures as text and what stands out."""
    _ = reader.words.gettext
    words = {
        "stricter": _("stricter"),
        "more generous": _("more generous"),
        "hard to foretell": _("hard to foretell"),
        "uses little of the scale": _("uses little of the scale"),
        "uses much of the scale": _("uses much of the scale"),
    }
    rows = []
    for row in score_words.jurors(found.scored):
        says = [words.get(one, one) for one in row["says"].split(", ") if one]
        figures = {name: "–" if row[name] is None else short(row[name]) for name in ("spread", "fit")}
        interval = score_words.signed_interval(row)
        rows.append({"ref": row["juror_id"], "sheets": row["sheets"], "severity": interval, "says": says} | figures)
    return rows


def share(value: float) -> str:
    """A probability in per cent; never 0 or 100 where it is not."""
    if 0 < value < 0.01:
        return "< 1 %"
    if 0.99 < value < 1:
        return "> 99 %"
    return f"{round(100 * value)} %"
