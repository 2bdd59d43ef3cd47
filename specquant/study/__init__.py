"""Studies: whole tables of trainings, scores and limits, one package and one command each."""
