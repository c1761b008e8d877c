/*
purpose = "Alerts, what they rested on, and the pile-on that came within their horizon."
order = ["at", "alert_id"]

[params]
target = { type = "account", optional = true, meaning = "account at risk; not given: all" }
since = { type = "time", default = 1970-01-01T00:00:00Z, meaning = "start, inclusive" }
until = { type = "time", default = 2200-01-01T00:00:00Z, meaning = "end, exclusive" }
limit = { type = "integer", default = 1000, low = 1, high = 100000, meaning = "most rows" }

[columns]
alert_id = { type = "string", meaning = "alert" }
target_id = { type = "account", meaning = "account at risk" }
at = { type = "time", meaning = "when the warning was due" }
horizon_s = { type = "number", meaning = "time ahead that the probability speaks of" }
probability = { type = "number", meaning = "that the target gets many hostile accounts within the horizon" }
level = { type = "string", meaning = "how urgent" }
state = { type = "string", meaning = "open until a person decides" }
reasons = { type = "strings", meaning = "what it rests on, strongest first" }
missing_features = { type = "strings", meaning = "features that could not be computed" }
model_version = { type = "string", meaning = "model that gave the probability" }
pileon_id = { type = "string", meaning = "first pile-on on the target that began within the horizon; null: none" }
lead_s = { type = "integer", meaning = "seconds from the alert to that onset" }

[graph]
links = ["alert_id TARGETS target_id", "pileon_id TARGETS target_id", "alert_id BEFORE pileon_id"]
*/
MATCH (w:Alert)-[:TARGETS]->(t:Account)
WHERE $since <= w.at AND w.at < $until AND ($target IS NULL OR t.account_id = $target)
OPTIONAL MATCH (t)<-[:TARGETS]-(p:PileOn)
WHERE w.at <= p.onset AND p.onset <= w.at + duration({seconds: toInteger(w.horizon_s)})
WITH w, t, p
ORDER BY p.onset, p.pileon_id
WITH w, t, head(collect(p)) AS next
RETURN w.alert_id AS alert_id, t.account_id AS target_id, w.at AS at, w.horizon_s AS horizon_s, w.probability AS probability, w.level AS level,
  w.state AS state, w.reasons AS reasons, w.missing_features AS missing_features, w.model_version AS model_version,
  next.pileon_id AS pileon_id, next.onset.epochSeconds - w.at.epochSeconds AS lead_s
ORDER BY at, alert_id
LIMIT $limit
