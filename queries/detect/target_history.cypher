/*
purpose = "History of a target: every pile-on on it, and the alerts that came before each."
order = ["onset", "pileon_id"]

[params]
target = { type = "account", meaning = "account acted upon" }
before_s = { type = "integer", default = 86400, low = 0, high = 31536000, meaning = "seconds before an onset in which an alert counts" }
limit = { type = "integer", default = 1000, low = 1, high = 100000, meaning = "most rows" }

[columns]
pileon_id = { type = "string", meaning = "pile-on" }
onset = { type = "time", meaning = "start of the burst" }
peak = { type = "time", meaning = "middle of its busiest quarter-hour" }
end = { type = "time", meaning = "its last interaction" }
nature = { type = "string", meaning = "attack, criticism or attention" }
nature_probability = { type = "number", meaning = "probability of that nature" }
hostile_actors = { type = "integer", meaning = "distinct accounts with a hostile interaction" }
newcomers = { type = "integer", meaning = "accounts that never interacted with the target before" }
campaign_id = { type = "string", meaning = "campaign that it belongs to" }
alerts_before = { type = "integer", meaning = "alerts on the target shortly before the onset" }
lead_s = { type = "integer", meaning = "seconds from the first of them to the onset" }

[graph]
links = ["pileon_id TARGETS target", "pileon_id PART_OF campaign_id"]
*/
MATCH (t:Account {account_id: $target})<-[:TARGETS]-(p:PileOn)
OPTIONAL MATCH (t)<-[:TARGETS]-(w:Alert)
WHERE p.onset - duration({seconds: $before_s}) <= w.at AND w.at <= p.onset
WITH p, count(w) AS alerts_before, min(w.at) AS first_alert
RETURN p.pileon_id AS pileon_id, p.onset AS onset, p.peak AS peak, p.`end` AS `end`, p.nature AS nature,
  p.nature_probability AS nature_probability, p.hostile_actors AS hostile_actors, p.newcomers AS newcomers, p.campaign_id AS campaign_id,
  alerts_before, p.onset.epochSeconds - first_alert.epochSeconds AS lead_s
ORDER BY onset, pileon_id
LIMIT $limit
