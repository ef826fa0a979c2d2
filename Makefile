.PHONY: run test check bench docs

run:
	./takt up

test:
	./takt test

check:
	./takt check

# make bench NAME=fanout
bench:
	./takt bench $(NAME)

docs:
	./takt docs
