-- What a payment is for is what people remember of it: they look for it by its words.
CREATE INDEX payment_concept ON reactor.payment USING gin (to_tsvector('simple', reactor.folded(concept)));
