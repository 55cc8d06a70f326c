#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A room whose worker was killed is opened again by the tickets of those who
# were in it, and by no others; a room that has ended is not.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;

###############################################################################

my $proof = 'p' x 42 . 'A';
my $t = Test::Secmeet->new()->plan()->allow(qr/exited on signal 9/)
	->write_file_expand('nginx.conf', <<'EOC');

%%GLOBALS%%

worker_processes WORKERS;

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }
    }
}

EOC

my $conf = $t->read_file('nginx.conf');

for my $workers (1, 2, 4) {
	$t->write_file('nginx.conf', $conf =~ s/WORKERS/$workers/r)->run();

	subtest("$workers workers: $_->[0]" => $_->[1]) for (
		[ 'who was in, and who was not' => \&was_in ],
		[ 'a room that has ended' => \&ended ],
		[ 'all at once' => \&at_once ],
		[ 'one who leaves and comes in one breath' => \&one_breath ],
		[ 'nobody was in yet' => \&made ],
		[ 'a newcomer meanwhile' => \&meanwhile ],
		[ 'nginx is started again' => \&started ],
	);

	$t->stop();
}

###############################################################################

sub was_in {
	my ($tag, $host) = $t->create_room(proof => $proof);
	my ($alice, $a) = enter($tag, proof => $proof);
	my ($bob, $b) = enter($tag, proof => $proof, host => $host);
	my ($carol, $c) = enter($tag, proof => $proof);

	# she leaves; whoever is still in has another ticket since

	$carol->send('leave');
	$carol->close_code();

	my ($a2, $b2) = map { $_->wait('ticket')->{resume} } $alice, $bob;

	isnt($a2, $a->{resume}, 'a ticket instead of that of before');

	my $names = claims();

	crash();

	is(claims(), $names, 'the claim is still there');
	refused($tag, 'a guest without a ticket');
	refused($tag, 'who had left', resume => $c->{resume});
	refused($tag, 'a ticket of before', resume => $a->{resume});
	refused($tag, 'a ticket of another room', resume => other());

	($alice, my $again) = enter($tag, resume => $a2);

	is($again->{you}, $a->{you}, 'who was in is back');
	ok(!$again->{resumed}, 'in a room that was made anew');

	# now it is there: others come by the proof, and who was in without

	refused($tag, 'who had left, by that ticket alone',
		resume => $c->{resume});

	(my $carol2, $c) = enter($tag, resume => $c->{resume}, proof => $proof);
	is($c->{type}, 'joined', 'by the proof she comes in');
	ok(!$c->{host}, 'as a guest');
	ok(!grep({ $c->{you} eq $_ } $a->{you}, $b->{you}), 'as somebody new');

	($bob, $again) = enter($tag, resume => $b2);
	is($again->{you}, $b->{you}, 'the other one is back');
	ok($again->{host}, 'as a host');

	my ($dave, $d) = enter($tag, proof => $proof);

	($alice, my $third) = leave_and_try($alice, $tag, $a2);
	is($third->{type}, 'denied', 'a ticket brings nobody back twice');
	$dave->send('leave');
	($alice) = enter($tag, proof => $proof);
	$again->{resume} = latest($bob);

	$bob->send('send', data => 'x');
	is($_->wait('message')->{from}, $b->{you}, 'heard')
		for $alice, $carol2;

	# once more

	my $latest = $again->{resume};

	crash();
	($bob, $again) = enter($tag, resume => $latest);
	is($again->{you}, $b->{you}, 'after a second crash as well');
	is($t->delete_room($tag, $host)->{status}, 204, 'the host ends it');
	refused($tag, 'it is over', resume => $again->{resume});

	return done_testing();
}

sub ended {
	my ($tag, $host) = $t->create_room();
	my ($alice, $a) = enter($tag);

	is($t->delete_room($tag, $host)->{status}, 204, 'ended by the host');
	$alice->close_code();

	my ($other) = $t->create_room();
	my ($bob, $b) = enter($other);

	$bob->send('leave');
	$bob->close_code();

	crash();
	refused($tag, 'not opened again', resume => $a->{resume});
	refused($other, 'nor is one that all have left', resume => $b->{resume});
	is($t->put("/meet/rooms/$_")->{status}, 409, 'and not made anew')
		for $tag, $other;

	return done_testing();
}

# by as many workers as there are

sub at_once {
	my ($tag) = $t->create_room(proof => $proof);
	my @people = map { [ enter($tag, proof => $proof) ] } 1 .. 12;

	crash();

	my @ws = map { $t->ws($tag) } @people;

	$ws[$_]->send('join', resume => $people[$_][1]{resume}) for 0 .. 11;

	# told to rejoin, since another worker was faster

	for my $i (0 .. 11) {
		for (1 .. 20) {
			my $message = $ws[$i]->read_message(3) || { type => 'none' };

			next if $message->{type} =~ /^(?:peer|ticket)$/;
			last if $message->{type} ne 'rejoin';

			$ws[$i] = $t->ws($tag);
			$ws[$i]->send('join', resume => $people[$i][1]{resume});
		}
	}

	$ws[0]->send('send', data => 'all?');
	is(scalar(grep { ($_->wait('message', timeout => 5) || {})->{from}
		eq $people[0][1]{you} } @ws[1 .. 11]), 11, 'all are in one room');
	is(claims(), 1, 'there is one claim');

	$_->send('leave') for @ws;
	$_->close_code() for @ws;

	return done_testing();
}

sub one_breath {
	my ($tag) = $t->create_room();
	my ($alice, $a) = enter($tag);
	my ($bob, $b) = enter($tag);

	crash();
	($alice, $a) = enter($tag, resume => $a->{resume});
	($bob, my $again) = enter($tag, resume => $b->{resume});
	is($again->{you}, $b->{you}, 'back');
	$alice->wait('peer');

	my $other = $t->ws($tag);

	# what came while it could not read, it reads in one turn

	my @workers = $t->workers();

	kill 'STOP', @workers;
	$bob->send('leave');
	$other->send('join', resume => $b->{resume});
	kill 'CONT', @workers;

	# he may have been seen to come before he left, and is who he was; after
	# that the ticket, which has brought him back once, does so no more

	my $joined = $other->wait('joined');

	ok($joined, 'in again');
	is(($alice->wait('left', timeout => 1) || {})->{peer} // $joined->{you},
		$b->{you}, 'gone, or never');

	my ($carol, $c) = enter($tag);

	is_deeply([ sort map { $_->{peer} } @{$c->{peers}} ],
		[ sort $a->{you}, $joined->{you} ], 'the other is there');

	$_->send('leave') for $alice, $other, $carol;
	$_->close_code() for $alice, $other, $carol;

	return done_testing();
}

sub made {
	my $tag = Test::Secmeet::tag();
	my $secrets = $t->put("/meet/rooms/$tag",
		json => { proof => $proof })->{json};

	crash();

	my ($alice, $a) = enter($tag, proof => $proof,
		host => $secrets->{host}, resume => $secrets->{resume});

	is($a->{type}, 'joined', 'who has made it opens it again');
	ok($a->{host}, 'as its host');
	refused($tag, 'it has its password', proof => 'q' x 42 . 'A');

	$alice->send('leave');
	$alice->close_code();

	return done_testing();
}

# whoever comes while nobody is back yet need not try again

sub meanwhile {
	my ($tag) = $t->create_room(proof => $proof);
	my ($alice, $a) = enter($tag, proof => $proof);

	crash();

	my $bob = $t->ws($tag);

	$bob->send('join', proof => $proof);
	($alice, $a) = enter($tag, resume => $a->{resume});
	is($a->{type}, 'joined', 'who was in is back');
	is(($bob->wait('joined') || {})->{type}, 'joined', 'the other is in');

	$_->send('leave') for $alice, $bob;
	$_->close_code() for $alice, $bob;

	return done_testing();
}

sub started {
	my ($tag) = $t->create_room(proof => $proof);
	my ($alice, $a) = enter($tag, proof => $proof);

	crash('all');
	($alice, $a) = enter($tag, resume => $a->{resume});
	is($a->{type}, 'joined', 'the meeting goes on');

	$alice->send('leave');
	$alice->close_code();
	is($t->put("/meet/rooms/$tag")->{status}, 409,
		'and its tag is not used again');

	return done_testing();
}

###############################################################################

sub enter {
	my ($tag, %fields) = @_;

	my $ws = $t->ws($tag);

	return ($ws, $ws->join(%fields) || {});
}

# the last ticket of all that came

sub latest {
	my ($ws) = @_;

	my $ticket;

	while (my $message = $ws->read_message(0.5)) {
		$ticket = $message->{resume} if $message->{type} eq 'ticket';
	}

	return $ticket;
}

# (WebSocket, what a join by the ticket is answered)

sub leave_and_try {
	my ($ws, $tag, $ticket) = @_;

	$ws->send('leave');
	$ws->close_code();

	return enter($tag, resume => $ticket);
}

sub refused {
	my ($tag, $name, %fields) = @_;

	my ($ws, $answer) = enter($tag, %fields);

	is_deeply([ $answer, $ws->close_code() ], [ { type => 'denied' }, 4004 ],
		$name);

	return;
}

# of a room that lives

sub other {
	my ($tag) = $t->create_room();
	my ($ws, $joined) = enter($tag);

	$ws->send('leave');
	$ws->close_code();

	return $joined->{resume};
}

# all workers, or all of nginx

sub crash {
	my ($all) = @_;

	my %old = map { $_ => 1 } $t->workers();

	kill 'KILL', $all ? $t->pid() : (), keys %old;

	if ($all) {
		waitfor(sub { !grep { kill 0, $_ } keys %old });
		unlink $t->testdir() . '/nginx.pid';
		$t->run();
	}

	waitfor(sub {
		my @new = grep { !$old{$_} } $t->workers();
		@new == keys %old && sockets() >= @new;
	}) or die "no workers\n";

	return;
}

# that take connections

sub sockets {
	return scalar grep { my ($name) = m{(w\.\w{8})$};
		grep { $t->holds($_, $name) } $t->workers() }
		glob $t->testdir() . '/*.secmeet/w.*';
}

sub claims {
	my @claims = glob $t->testdir() . '/*.secmeet/r.*';
	return scalar @claims;
}

###############################################################################
