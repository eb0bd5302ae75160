"""What the records hold of whom, why and how long: one entry a table, one word a column.

A column is `name`, or `name>way` where its kind's usual way is not its own. tests/store/test_personal.py holds this to
the schema: a column without an entry fails. docs/personal-data.md and the portal's page are made of it.
"""

from __future__ import annotations

from evaluators.personal import Entry, Whose
from laurea.store.personal_entries import APPLICATION, EVERY, JURY, OWN, A, G, H, J, K, O, P, entry
from laurea.store.personal_rounds import ROUNDS

__all__ = ["APPLICATION", "EVERY", "JURY", "OWN", "REGISTER"]

REGISTER: dict[str, Entry] = ROUNDS | {
    "kits": entry(
        (Whose.NOBODY,), P.RUN, K.ALWAYS, id="id authority_id round_id", workings="items address_fact version",
    ),
    "parcels": entry(
        (H,), P.CELEBRATE, K.CEREMONIES, "grant_id", id="id authority_id round_id grant_id", contact="address",
        workings="state version", words="note contents", key="key>empty", time="since asked_at expires_at",
    ),
    "ceremonies": entry(
        (Whose.NOBODY,), P.RUN, K.ALWAYS, id="id authority_id round_id uid",
        workings="title regions place programme timezone sequence version",
        time="begins_at ends_at reply_until changed_at cancelled_at",
    ),
    "guests": entry(
        (G,), P.CELEBRATE, K.CEREMONIES, "person_id", id="id authority_id ceremony_id person_id", key="key",
        workings="comes people", name="sounds", words="words", time="invited_at replied_at",
    ),
    "messages": entry(
        (A, H, J, O, G, Whose.WITNESS, Whose.CONTACT), P.TELL, K.LETTERS, "person_id",
        id="id authority_id round_id key message_id person_id", contact="address", file="content",
        words="subject reply", workings="kind language state attempts at_once claim",
        time="not_before created_at sent_at",
    ),
    "letter_events": entry(
        (A, J, O), P.TELL, K.LETTERS, "message_id", id="id message_id actor", workings="what outcome",
        words="note subject", file="content", time="at",
    ),
    "bounces": entry(
        (A, H, J, O, G), P.TELL, K.LETTERS, "message_id", id="id authority_id message_id confirmed_by",
        workings="digest source kind", contact="address", words="reason", time="at confirmed_at",
    ),
    "unsubscribed": entry(
        (A, H), P.TELL, K.PERSON, "person_id", goes=True, id="id authority_id person_id", workings="kind",
        key="token", time="made_at since",
    ),
    "wordings": entry(
        (O,), P.RUN, K.ALWAYS, id="id authority_id round_id written_by",
        workings="kind language version house subject heading body", time="written_at",
    ),
    "authorities": entry(
        (Whose.CONTACT,), P.RUN, K.ALWAYS, id="id code", contact="email>stays",
        workings="name country language timezone kind quiet_from quiet_until digest_minutes second_factor",
    ),
    "rounds": entry(
        (O,), P.RUN, K.ALWAYS, id="id authority_id code released_by opened_by confirmed_by",
        workings="title rule_set country policies parameters seed languages digest version routed_by_hand "
        "second_person second_person_why confirmed_digest undo_minutes",
        time="opens_at closes_at review_until award_on screened_at routed_at proposed_at released_at created_at "
        "confirmed_at",
    ),
    "rule_sets": entry((Whose.NOBODY,), P.RUN, K.ALWAYS, id="digest", workings="award edition text", time="kept_at"),
    "audit": entry(
        (A, H, J, O), P.ACCOUNT, K.ALWAYS, id="id authority_id round_id actor subject",
        workings="event details chain number seal", time="at",
    ),
    "tokens": entry(
        (O,), P.GUARD, K.ALWAYS, id="id authority_id round_id made_by", key="digest", workings="name hint scopes",
        time="made_at expires_at revoked_at used_at",
    ),
    "kept_answers": entry(
        (Whose.NOBODY,), P.RUN, K.SIGN_IN, id="id authority_id token_id key", workings="digest answer", time="kept_at",
    ),
    "webhooks": entry(
        (O,), P.RUN, K.ALWAYS, id="id authority_id round_id made_by", key="secret", workings="address events",
        time="made_at stopped_at",
    ),
    "webhook_calls": entry(
        (Whose.NOBODY,), P.RUN, K.ALWAYS, id="id authority_id round_id webhook_id message_id",
        workings="event body state attempts reply", time="not_before created_at sent_at",
    ),
    "watched_sources": entry(
        (Whose.NOBODY,), P.RUN, K.ALWAYS, id="id authority_id", workings="kind digest trouble", time="checked_at",
    ),
    "step_failures": entry(
        (Whose.NOBODY,), P.RUN, K.ALWAYS, id="id authority_id round_id", workings="step tries says remedy error",
        time="first_at last_at",
    ),
    "meters": entry((A, J, O), P.GUARD, K.SIGN_IN, id="key", workings="count", time="since"),
    "looks": entry(
        (A, H, J, O, G), P.ACCOUNT, K.LOOKS, "reader_id person_id application_id", erased=frozenset(), goes=True,
        id="id authority_id round_id reader_id token_id person_id application_id", workings="place", time="at",
    ),
    "claims": entry(
        (Whose.NOBODY,), P.RUN, K.ALWAYS, id="id authority_id round_id", workings="step applications holder",
        time="until",
    ),
    "clock_turns": entry((Whose.NOBODY,), P.RUN, K.ALWAYS, id="kind", time="began_at ended_at"),
    "retention_policies": entry(
        (O,), P.ACCOUNT, K.ALWAYS, id="id authority_id set_by", workings="keep days by_clock version", time="set_at",
    ),
    "erasure_lists": entry(
        (O,), P.ACCOUNT, K.ALWAYS, id="id authority_id settled_by", workings="state due done version",
        time="made_at settled_at done_at",
    ),
}  # fmt: skip
