/*
purpose = "Surfaces of a pile-on over time: where on the platforms it went on, bin by bin."
order = ["at", "surface"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
bin_s = { type = "integer", default = 900, low = 1, high = 31536000, meaning = "width of a bin in seconds, counted from the onset" }
hostile_at = { type = "number", default = 0.5, low = 0.0, high = 1.0, meaning = "hostility from which an act counts as hostile" }
limit = { type = "integer", default = 10000, low = 1, high = 1000000, meaning = "most rows" }

[columns]
at = { type = "time", meaning = "start of the bin, to the second" }
surface = { type = "string", meaning = "surface; null: not known" }
acts = { type = "integer", meaning = "acts on it" }
hostile = { type = "integer", meaning = "hostile ones among them" }
accounts = { type = "integer", meaning = "accounts of all of them" }
*/
MATCH (p:PileOn {pileon_id: $pileon})-[:TARGETS]->(:Account)<-[:TARGETS]-(i:Interaction)
WHERE p.onset <= i.at AND i.at <= p.`end` AND (p.only_surface IS NULL OR i.surface = p.only_surface)
MATCH (a:Account)-[:POSTED]->(i)
WITH p.onset.epochSeconds AS onset, i, a
WITH onset + ((i.at.epochSeconds - onset) / $bin_s) * $bin_s AS second, i, a
RETURN datetime({epochSeconds: second}) AS at, i.surface AS surface, count(i) AS acts,
  count(CASE WHEN i.hostility >= $hostile_at THEN 1 END) AS hostile, count(DISTINCT a) AS accounts
ORDER BY at, surface
LIMIT $limit
