"""Personal files («личные дела»): one for each learner, holding what is kept about one person."""
