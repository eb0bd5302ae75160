"""The register of personal data, first half: people, applications, juries and what was decided."""

from __future__ import annotations

from evaluators.personal import Entry, Whose
from laurea.store.personal_entries import APPLICATION, JURY, A, G, H, J, K, O, P, entry

ROUNDS: dict[str, Entry] = {
    "people": entry(
        (A, H, J, O, G, Whose.WITNESS, Whose.CONTACT), P.KNOW, K.PERSON, "id",
        name="name>number", contact="email>number", place="language", workings="role",
        time="created_at ended_at", id="id authority_id",
    ),
    "sign_in_links": entry(
        (A, J, O), P.GUARD, K.SIGN_IN, "person_id", goes=True,
        key="token_digest address browser code", id="person_id", workings="target tries", time="expires_at used_at",
    ),
    "sessions": entry(
        (A, J, O), P.GUARD, K.SIGN_IN, "person_id viewing", goes=True,
        key="token_digest csrf", id="person_id viewing", workings="second browser",
        time="created_at seen_at expires_at",
    ),
    "identities": entry(
        (A, J, O), P.GUARD, K.PERSON, "person_id", goes=True,
        id="id person_id issuer subject", time="linked_at",
    ),
    "identity_requests": entry(
        (A, J, O), P.GUARD, K.SIGN_IN, key="state browser", workings="target", time="expires_at",
    ),
    "second_factors": entry(
        (O,), P.GUARD, K.PERSON, "person_id", goes=True, id="id person_id", key="secret last_step salt",
        time="enrolled_at",
    ),
    "recovery_codes": entry(
        (O,), P.GUARD, K.PERSON, "person_id", goes=True, id="id person_id", key="digest", time="used_at",
    ),
    "applications": entry(
        (A,), P.APPLY, K.PERSON, "applicant_id",
        id="id authority_id round_id ref applicant_id applicant_ref>number unit_ref", name="unit_name",
        place="country region institution language", words="topics", time="submitted_at gathered_at",
        workings="state version files", answers="facts>rules children>rules", key="key",
    ),
    "application_drafts": entry(
        (A,), P.APPLY, K.DRAFTS, "begun_by application_id",
        id="id authority_id round_id application_id begun_by saved_by", key="key typed>empty",
        answers="heading facts children", workings="version", time="begun_at saved_at kept_at",
    ),
    "draft_versions": entry(
        (A,), P.APPLY, K.DRAFTS, "draft_id", goes=True,
        id="id authority_id draft_id saved_by", workings="version", answers="content", time="saved_at",
    ),
    "application_files": entry(
        (A,), P.APPLY, K.EVIDENCE, "draft_id", id="id authority_id draft_id application_id added_by",
        workings="kind size digest pages", file="name copies content", time="added_at",
    ),
    "application_members": entry(
        (A,), P.APPLY, K.PERSON, "person_id",
        id="id authority_id person_id draft_id application_id invited_by", time="joined_at",
    ),
    "statements": entry(
        (A,), P.APPLY, K.PERSON, "person_id application_id",
        id="id authority_id application_id person_id settled_by", workings="fact kind", answers="before after",
        words="words", time="said_at settled_at",
    ),
    "appeals": entry(
        (A,), P.DECIDE, K.PERSON, "person_id application_id",
        id="id authority_id round_id application_id person_id settled_by", answers="facts", words="words answer",
        workings="contested", result="finding", time="filed_at settled_at",
    ),
    "evidence": entry(
        (A,), P.APPLY, K.EVIDENCE, "application_id",
        id="id authority_id application_id", workings="source digest", answers="content", time="observed_at",
    ),
    "frozen_pages": entry(
        (A,), P.APPLY, K.EVIDENCE, "application_id",
        id="id authority_id round_id application_id named_by", answers="address>number title", file="digest now_digest",
        workings="fact media_type trouble", time="frozen_at checked_at changed_at gone_at named_at",
    ),
    "kept_bytes": entry(
        (A, Whose.LISTED), P.APPLY, K.EVIDENCE, goes=True, id="digest", file="content", time="kept_at",
    ),
    "fact_requests": entry(
        (A, Whose.WITNESS), P.APPLY, K.EVIDENCE, "person_id application_id",
        id="id authority_id round_id application_id person_id asked_by", workings="fact capacity counts answer",
        answers="stated value", words="words says", name="name", key="token_digest",
        time="asked_at expires_at answered_at",
    ),
    "refused_rows": entry(
        (A, J), P.APPLY, K.FILES, goes=True,
        id="id authority_id round_id", workings="file row field", words="problem remedy", time="refused_at",
    ),
    "uploads": entry(
        (A, J, O), P.APPLY, K.FILES, goes=True,
        id="id authority_id round_id sent_by taken_by", key="key", workings="kind assigns digest",
        file="files content told", time="sent_at taken_at",
    ),
    "register_imports": entry(
        (Whose.LISTED,), P.APPLY, K.FILES,
        id="id authority_id rests_on made_by settled_by", workings="kind file state watched doubt counts digest",
        answers="changes refusals", time="made_at settled_at",
    ),
    "register_rows": entry(
        (Whose.LISTED,), P.APPLY, K.FILES, goes=True,
        id="id authority_id import_id entered_by unit_ref key", workings="kind", answers="content",
        time="since gone_at",
    ),
    "jurors": entry(
        (J,), P.ASSESS, K.PERSON, "person_id",
        id="id authority_id round_id person_id ref", place="country region institution languages expertise",
        workings="experienced min_load max_load reserve", answers="mentored", time="left_at", words="left_why",
    ),
    "conflicts": entry(
        (J, A), P.ASSESS, K.COMMENTS, "juror_id application_id", shown=frozenset({JURY}),
        id="id authority_id application_id juror_id", workings="kind source", words="note", time="declared_at",
    ),
    "pins": entry(
        (J, A), P.ASSESS, K.ALWAYS, "juror_id", id="id authority_id round_id application_id juror_id", workings="pin",
        time="pinned_at",
    ),
    "plan_drafts": entry(
        (J, A), P.ASSESS, K.ALWAYS, id="id authority_id round_id made_by",
        workings="kind rests_on rows left_out told version", time="made_at",
    ),
    "assignments": entry(
        (J, A), P.ASSESS, K.COMMENTS, "juror_id application_id", shown=frozenset({JURY}),
        id="id authority_id round_id application_id juror_id", workings="quality state ended", words="reason",
        time="skipped_at assigned_at until",
    ),
    "assignment_versions": entry(
        (J, A), P.ASSESS, K.COMMENTS, "juror_id application_id", shown=frozenset({JURY}),
        id="id authority_id round_id assignment_id application_id juror_id", workings="quality state ended",
        words="reason", time="assigned_at until stood_until",
    ),
    "sheets": entry(
        (J, A), P.ASSESS, K.COMMENTS, "assignment_id", erased=frozenset({APPLICATION}), after=True,
        id="id authority_id round_id assignment_id", marks="marks", words="comment", time="submitted_at saved_at",
        workings="version",
    ),
    "sheet_versions": entry(
        (J, A), P.ASSESS, K.COMMENTS, "sheet_id", erased=frozenset({APPLICATION}), shown=frozenset({JURY}),
        id="id authority_id sheet_id", workings="version", marks="marks", words="comment", time="saved_at",
    ),
    "joint_sheets": entry(
        (J, A), P.ASSESS, K.COMMENTS, "application_id written_by", erased=frozenset({APPLICATION}), after=True,
        id="id authority_id round_id application_id written_by", workings="version", marks="marks", words="comment",
        time="saved_at",
    ),
    "consents": entry(
        (J,), P.ASSESS, K.ALWAYS, "juror_id", id="id authority_id joint_sheet_id juror_id", time="given_at",
    ),
    "meetings": entry(
        (O,), P.ASSESS, K.ALWAYS, id="id authority_id round_id called_by", workings="room place version",
        time="called_at closed_at",
    ),
    "meeting_items": entry(
        (A,), P.ASSESS, K.COMMENTS, "application_id", after=True,
        id="id authority_id meeting_id application_id written_by", workings="place version", words="minutes",
        result="recommends", time="written_at",
    ),
    "decisions": entry(
        (A,), P.DECIDE, K.ALWAYS, "application_id", after=True,
        id="id authority_id round_id application_id", workings="state rule_set policies version",
        result="outcome granted points exact_points rank group_name first_failing trace",
        time="proposed_at released_at",
    ),
    "decision_versions": entry(
        (A,), P.DECIDE, K.ALWAYS, "application_id", after=True,
        id="id authority_id round_id application_id", workings="state rule_set policies",
        result="outcome granted points exact_points rank group_name first_failing trace",
        time="proposed_at released_at stood_until",
    ),
    "replays": entry(
        (A, J), P.DECIDE, K.COMMENTS, "application_id juror_id", erased=frozenset({APPLICATION}), after=True,
        id="id authority_id round_id appeal_id application_id juror_id asked_by taken_by",
        workings="contested state policies version", answers="facts>stays", marks="marks", words="comment reason",
        result="before after", time="until asked_at replayed_at taken_at",
    ),
    "restorations": entry(
        (O,), P.DECIDE, K.ALWAYS, id="id authority_id round_id restored_by", workings="moment kinds changed reason",
        time="restored_at",
    ),
    "feedback": entry(
        (A, J), P.DECIDE, K.COMMENTS, "application_id", after=True,
        id="id authority_id round_id application_id moderated_by", workings="source sent version",
        words="original words", time="moderated_at",
    ),
    "grants": entry(
        (H,), P.PROVE, K.PERSON, "person_id",
        id="id authority_id round_id decision_id application_id person_id number", result="award title",
        name="holder", place="country", workings="public",
        time="valid_from valid_until renewal_opens renewal_closes grace_until told_on renewed_at lapsed_at "
        "withdrawn_at reissued_at",
    ),
    "grant_steps": entry(
        (H,), P.TELL, K.ALWAYS, "grant_id", id="id authority_id grant_id", workings="kind name how",
        time="day due_on last done_at",
    ),
    "grant_acts": entry(
        (H,), P.PROVE, K.PERSON, "grant_id", id="id authority_id round_id grant_id act decided_by", workings="kind",
        words="reason", time="before after decided_at",
    ),
    "renamings": entry(
        (H,), P.PROVE, K.PERSON, "grant_id", id="id authority_id grant_id renamed_by", name="before after",
        time="renamed_at",
    ),
    "handovers": entry(
        (A, H), P.DECIDE, K.ALWAYS, id="id from_authority to_authority round_id handed_by taken_into taken_by",
        workings="kind label digest about", result="rows", time="handed_at taken_at",
    ),
}  # fmt: skip
