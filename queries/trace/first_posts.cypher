/*
purpose = "First posts of an object: a link, a hashtag, a topic, a picture or a copied text (text:…)."
order = ["at", "platform", "interaction_id"]

[params]
object = { type = "string", meaning = "the object, with its prefix: url:, tag:, topic:, media:, text:" }
limit = { type = "integer", default = 50, low = 1, high = 100000, meaning = "most rows" }

[columns]
interaction_id = { type = "interaction", meaning = "act that shares it" }
platform = { type = "string", meaning = "where it is" }
account_id = { type = "account", meaning = "who did it" }
at = { type = "time", meaning = "when" }
kind = { type = "string", meaning = "what act" }
surface = { type = "string", meaning = "where on the platform" }

[graph]
links = ["account_id POSTED interaction_id", "interaction_id SHARES object"]
*/
MATCH (:Object {object: $object})<-[:SHARES]-(i:Interaction)<-[:POSTED]-(a:Account)
RETURN i.interaction_id AS interaction_id, i.platform AS platform, a.account_id AS account_id, i.at AS at, i.kind AS kind, i.surface AS surface
ORDER BY at, platform, interaction_id
LIMIT $limit
