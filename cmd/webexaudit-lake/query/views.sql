-- Views that the questions use beside those of webexaudit schema --table views.
CREATE VIEW newest_captures AS SELECT * FROM captures WHERE run_id IN (SELECT run_id FROM newest_runs);
