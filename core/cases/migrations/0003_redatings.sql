-- That a case was dated anew because a person accepted what a changed rule does to it; `why` tells of it.
CREATE TABLE case_redatings (
  institution_id uuid NOT NULL REFERENCES institutions,
  case_id uuid NOT NULL,
  acceptance_id uuid NOT NULL,
  redating_id uuid NOT NULL,
  rule_before uuid,
  rule_after uuid NOT NULL,
  outcome_before text NOT NULL,
  outcome_after text NOT NULL,
  earliest_before date,
  earliest_after date,
  accepted_by uuid NOT NULL,
  accepted_at timestamptz NOT NULL,
  applied_at timestamptz NOT NULL,
  PRIMARY KEY (case_id, acceptance_id),
  FOREIGN KEY (institution_id, case_id) REFERENCES cases (institution_id, id)
);
CALL isolate('case_redatings', 'SELECT, INSERT');
CALL append_only('case_redatings');
