package Test::Secmeet::Member;

# Copyright (C) secmeet contributors

# One participant: a WebSocket that speaks PROTOCOL.md, and a peer of the
# peer program that carries the media.
#
#     my $peer = Test::Secmeet::Peer->new();
#     my ($tag, $host) = $t->create_room();
#     my $alice = Test::Secmeet::Member->new($t, $peer, name => 'alice');
#
#     $alice->join($tag);
#     $alice->publish('audio', 'video');
#     $alice->connected() or die;
#     $alice->start('audio', rate => 50, size => 120);
#
# Each takes the tracks of all others by itself, unless auto => 0.  All
# members of a process live in one select loop, which runs while any of them
# waits: loop(sub { condition }, $seconds).
#
# With resume => 1 a member whose connection ends comes back by its resume
# ticket, as often as it takes, and publishes again what it had if its peer
# is not what it was.

use warnings;
use strict;

use Exporter qw/ import /;

our @EXPORT_OK = qw/ loop run_for /;

use Carp qw/ croak /;
use IO::Select ();
use JSON::PP ();
use POSIX ();
use Scalar::Util qw/ weaken /;
use Time::HiRes qw/ clock_gettime time CLOCK_MONOTONIC /;

use Test::Secmeet ();
use Test::Secmeet::Peer ();

###############################################################################

my %members;
my $last_id = 0;

my $AGAIN = 0.05;	# seconds between two tries to come back

# bind, ext_mid, ext_level and the rest go to the peer; name is shown to the
# others; auto => 0: subscribe() does it; link: a relay before the server

sub new {
	my ($class, $t, $peer, %opt) = @_;

	my $self = bless {
		t => $t, peer => $peer, id => ++$last_id,
		name => delete $opt{name} // "member $last_id",
		auto => delete $opt{auto} // 1, resume => delete $opt{resume},
		link => delete $opt{link},
		messages => [], errors => [], started => [], peer_opt => \%opt,
		resumed => 0, revived => 0,
	}, $class;

	$self->fresh();

	$members{$self->{id}} = $self;
	weaken($members{$self->{id}});

	return $self;
}

# a peer that has negotiated nothing yet

sub fresh {
	my ($self) = @_;

	# ids of extensions and payload types differ, so that the server has to
	# rewrite them

	$self->{peer}->create($self->{id}, ext_mid => 3 + $self->{id} % 4,
		ext_level => 1 + $self->{id} % 2,
		pt_shift => $self->{id} % 4, %{$self->{peer_opt}});

	%$self = (%$self, next_mid => 0, roster => {}, tracks => {},
		lines => {}, wanted => [], publishing => [], closing => []);

	delete @$self{qw/ offered secure /};

	return;
}

sub DESTROY {
	my ($self) = @_;
	delete $members{$self->{id}};
	return;
}

sub id { return $_[0]->{id} }
sub you { return $_[0]->{you} }
sub ws { return $_[0]->{ws} }

###############################################################################

# the loop

sub loop {
	my ($condition, $seconds) = @_;

	my $end = time() + Test::Secmeet::timeout($seconds);

	for ( ;; ) {
		$_->come_back() for grep { $_->{ended} && $_->{resume} }
			values %members;
		$_->flush() for values %members;

		my $result = $condition->();

		return $result if $result;

		my $left = $end - time();

		return if $left <= 0;

		turn($left < 0.1 ? $left : 0.1);
	}
}

# so many seconds of the meeting

sub run_for {
	my ($seconds) = @_;

	my $end = time() + $seconds;

	loop(sub { time() >= $end }, $seconds + 1);

	return;
}

sub turn {
	my ($seconds) = @_;

	my (%peers, %sockets);
	my $select = IO::Select->new();

	for my $member (values %members) {
		$peers{$member->{peer}->handle()} = $member->{peer};

		next if !$member->{ws} || $member->{ended};
		$sockets{$member->{ws}{socket}} = $member;
	}

	$select->add(map { $_->handle() } values %peers);
	$select->add(map { $_->{ws}{socket} } values %sockets);

	for my $handle ($select->can_read($seconds)) {
		if ($peers{$handle}) {
			$peers{$handle}->read_some(0);

		} else {
			$sockets{$handle}->read_socket();
		}
	}

	return;
}

sub read_socket {
	my ($self) = @_;

	my $ws = $self->{ws};

	$ws->fill(0);

	while (!$ws->{closed}) {
		my $frame = $ws->take_frame(0) or last;

		next unless $frame->{opcode} == $ws->TEXT;

		Test::More::note("$self->{name} << $frame->{data}")
			if $ENV{SECMEET_VERBOSE};

		$self->take(JSON::PP->new->utf8->decode($frame->{data}));
	}

	$self->{ended} = 1 if $ws->{closed} || $ws->{eof};

	# told to stay away; others may have to open the room first

	my $code = $ws->{code} // 0;

	$self->{resume} = 0 if $code == 1000 || $code == 4000 || $code == 4003
		|| $code == 4004 && ++$self->{denied} == 20;

	return;
}

# waits in the loop for something that the peer program says

sub wait {
	my ($self, $name, %match) = @_;

	my $seconds = delete $match{timeout};

	return loop(sub { $self->{peer}->event($self->{id}, $name, %match) },
		$seconds);
}

# waits for a message of the server that is not part of the negotiation

sub message {
	my ($self, $type, %match) = @_;

	my $seconds = delete $match{timeout};

	return loop(sub {
		my $messages = $self->{messages};

		for my $i (0 .. $#$messages) {
			my $message = $messages->[$i];

			next if $message->{type} ne $type;
			next if grep { ($message->{$_} // '') ne $match{$_} }
				keys %match;

			return splice @$messages, $i, 1;
		}

		return;
	}, $seconds);
}

# microseconds of CPU that a process has used, in steps of a tick

sub cpu {
	my ($pid) = @_;

	open my $fh, '<', "/proc/$pid/stat" or croak "no process $pid";

	my $line = <$fh>;
	my ($user, $system) = (split ' ', $line =~ s/^.*\) //r)[11, 12];

	return ($user + $system) * 1e6 / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

###############################################################################

# messages

my %take = (
	joined => \&take_joined, peer => \&take_peer, left => \&take_left,
	tracks => \&take_tracks, answer => \&take_answer,
	error => \&take_error, ticket => \&take_ticket,
	carry => \&take_carry,
);

sub take {
	my ($self, $message) = @_;

	push @{$self->{messages}}, $message;

	my $handler = $take{$message->{type}};

	$self->$handler($message) if $handler;

	return;
}

sub take_joined {
	my ($self, $message) = @_;

	my $again = delete $self->{coming};

	$self->{you} = $message->{you};
	$self->{host} = $message->{host};
	$self->{ticket} = $message->{resume};
	$self->{denied} = 0;

	return $self->take_resumed($message) if $again && $message->{resumed};

	$self->revive() if $again;

	for my $other (@{$message->{peers}}) {
		$self->take_peer($other);
		$self->take_tracks($other);
	}

	return;
}

sub take_peer {
	my ($self, $message) = @_;

	$self->{roster}{$message->{peer}} = {
		name => $message->{name}, tracks => {},
	};

	return;
}

# the peer is what it was; who has left meanwhile, and what has changed?

sub take_resumed {
	my ($self, $message) = @_;

	my %now = map { $_->{peer} => $_ } @{$message->{peers}};

	$self->{resumed}++;
	$self->take_left({ peer => $_ })
		for grep { !$now{$_} } keys %{$self->{roster}};

	for my $other (values %now) {
		$self->take_peer($other) unless $self->{roster}{$other->{peer}};
		$self->take_tracks($other);
	}

	# an answer that was lost comes again; what was told may not have arrived

	$self->{ws}->send('offer', %{$self->{offered}{message}})
		if $self->{offered};

	for my $mid (sort keys %{$self->{lines}}) {
		my $line = $self->{lines}{$mid};

		next if !$line->{agreed} || $line->{closed};

		if (!$line->{send}) {
			$self->receive($mid, track => $line->{track});

		} elsif (defined $line->{muted} && $self->{tracks}{$mid}) {
			$self->mute($mid, $line->{muted});
		}
	}

	return;
}

# all anew, as it was

sub revive {
	my ($self) = @_;

	my @tracks = map { $_->{publish} } grep { $_->{send} && !$_->{closed} }
		map { $self->{lines}{$_} }
		sort { $a <=> $b } keys %{$self->{lines}};

	push @tracks, @{$self->{publishing}};

	$self->{revived}++;
	$self->{peer}->close_peer($self->{id}, silent => 1);
	$self->fresh();
	$self->publish(@tracks);
	$self->{restart_sources} = 1;

	return;
}

sub take_left {
	my ($self, $message) = @_;

	my $other = delete $self->{roster}{$message->{peer}} or return;

	$self->drop_track($_) for keys %{$other->{tracks}};

	return;
}

sub take_tracks {
	my ($self, $message) = @_;

	my $other = $self->{roster}{$message->{peer}} or return;
	my %now = map { $_->{track} => $_ } @{$message->{tracks}};

	for my $track (keys %{$other->{tracks}}) {
		$self->drop_track($track) unless $now{$track};
	}

	for my $track (sort keys %now) {
		next if $other->{tracks}{$track} || !$self->{auto};
		$self->want($now{$track});
	}

	$other->{tracks} = \%now;

	return;
}

sub take_answer {
	my ($self, $message) = @_;

	my $offered = delete $self->{offered};

	croak "$self->{name}: an answer without an offer" unless $offered;

	$self->{peer}->answer($self->{id}, $self->{link}
		? $self->{link}->rewrite($message->{sdp}) : $message->{sdp});
	$self->{answers}++;
	$self->{lines}{$_}{agreed} = 1 for @{$offered->{mids}};

	my $tracks = $message->{tracks} || {};

	$self->{tracks} = { %{$self->{tracks}}, %$tracks };

	return;
}

# the server has chosen whom an m-line of "speakers" carries

sub take_carry {
	my ($self, $message) = @_;

	$self->{lines}{$message->{mid}}{track} = $message->{track};
	$self->{carries}++;

	return;
}

sub take_ticket {
	my ($self, $message) = @_;
	$self->{ticket} = $message->{resume};
	return;
}

sub take_error {
	my ($self, $message) = @_;

	push @{$self->{errors}}, $message;

	return unless ($message->{of} // '') eq 'offer';

	# nothing of it took effect, so what it added is forgotten

	my $offered = delete $self->{offered} or return;

	delete $self->{lines}{$_} for @{$offered->{mids}};
	$self->{peer}->rollback($self->{id});

	return;
}

###############################################################################

# tracks of others

# an idle m-line of the kind, without a new negotiation, or a new one

sub want {
	my ($self, $track) = @_;

	for my $mid (sort keys %{$self->{lines}}) {
		my $line = $self->{lines}{$mid};

		next if $line->{send} || $line->{track} || $line->{closed};
		next if $line->{kind} ne $track->{kind} || !$line->{agreed};

		$self->receive($mid, track => $track->{track});
		return;
	}

	push @{$self->{wanted}}, $track;

	return;
}

sub drop_track {
	my ($self, $track) = @_;

	@{$self->{wanted}} = grep { $_->{track} ne $track } @{$self->{wanted}};

	for my $line (values %{$self->{lines}}) {
		$line->{track} = undef if ($line->{track} // '') eq $track;
	}

	return;
}

# takes all tracks of all others from now on

sub subscribe {
	my ($self) = @_;

	my %have = map { ($_->{track} // '') => 1 } values %{$self->{lines}};

	$self->{auto} = 1;

	for my $other (sort keys %{$self->{roster}}) {
		my $tracks = $self->{roster}{$other}{tracks};

		for my $track (sort keys %$tracks) {
			$self->want($tracks->{$track}) unless $have{$track};
		}
	}

	return $self;
}

# so many m-lines whose tracks the server chooses

sub speakers {
	my ($self, $kind, $n) = @_;

	push @{$self->{wanted}}, { kind => $kind, track => 'speakers' }
		for 1 .. $n;

	return $self;
}

# the mid on which a track is received, or all of them

sub mid_of {
	my ($self, $track) = @_;

	for my $mid (keys %{$self->{lines}}) {
		return "$mid" if ($self->{lines}{$mid}{track} // '') eq $track;
	}

	return;
}

sub received {
	my ($self) = @_;

	my @mids = sort { $a <=> $b } grep {
		!$self->{lines}{$_}{send} && $self->{lines}{$_}{track}
	} keys %{$self->{lines}};

	return map { "$_" } @mids;
}

sub receive {
	my ($self, $mid, %fields) = @_;

	$self->{lines}{$mid}{track} = $fields{track} if exists $fields{track};
	$self->{ws}->send('receive', mid => "$mid",
		exists $fields{track} ? (track => $fields{track}) : (),
		exists $fields{height} ? (height => $fields{height}) : (),
		exists $fields{pause} ? (pause => $fields{pause}
			? JSON::PP::true() : JSON::PP::false()) : ());

	return $self;
}

###############################################################################

# own tracks: publish('audio', { kind => 'video', source => 'screen', codec
# => 'VP9' }); the m-lines are then named by kind or by mid

sub publish {
	my ($self, @tracks) = @_;

	for (@tracks) {
		push @{$self->{publishing}}, ref $_ ? { %$_ } : { kind => $_ };
	}

	return $self;
}

sub unpublish {
	my ($self, $name) = @_;

	push @{$self->{closing}}, $self->sending($name);

	return $self;
}

sub mute {
	my ($self, $name, $on) = @_;

	my $mid = $self->sending($name);

	$self->{lines}{$mid}{muted} = $on;
	$self->{ws}->send('mute', track => $self->{tracks}{$mid},
		on => $on ? JSON::PP::true() : JSON::PP::false());

	return $self;
}

sub restart_ice {
	my ($self) = @_;
	$self->{restart} = 1;
	return $self;
}

# the mid of a sending m-line

sub sending {
	my ($self, $name) = @_;

	for my $mid (sort { $a <=> $b } keys %{$self->{lines}}) {
		my $line = $self->{lines}{$mid};

		next if !$line->{send} || $line->{closed};
		return "$mid" if $mid eq $name || $line->{kind} eq $name;
	}

	croak "$self->{name} does not send $name";
}

# the id that the server gave it

sub track {
	my ($self, $name) = @_;
	return $self->{tracks}{$self->sending($name)};
}

# what its packets are marked with

sub marked {
	my ($self, $name) = @_;
	return $self->{id} << 8 | $self->sending($name);
}

###############################################################################

# negotiation: one offer at a time, with all that is wanted by then

sub flush {
	my ($self) = @_;

	# what was sent before the peer was made anew

	if ($self->{restart_sources} && %{$self->{tracks}} && $self->secure()) {
		delete $self->{restart_sources};
		$self->begin(@$_) for @{$self->{started}};
	}

	return if $self->{offered} || $self->{ended} || !$self->{you}
		|| $self->{coming};
	return if $self->{hold};
	return unless @{$self->{wanted}} || @{$self->{publishing}}
		|| @{$self->{closing}} || $self->{restart};

	my (@send, @recv, %publish, %receive);

	for my $track (splice @{$self->{publishing}}) {
		my $mid = $self->{next_mid}++;
		my %line = %$track;
		my $source = delete $line{source};

		push @send, { %line, mid => "$mid" };
		$publish{$mid} = $source if $source;
		$self->{lines}{$mid} = {
			kind => $track->{kind}, send => 1, publish => $track,
		};
	}

	for my $track (splice @{$self->{wanted}}) {
		my $mid = $self->{next_mid}++;

		push @recv, { kind => $track->{kind}, mid => "$mid" };
		$receive{$mid} = $track->{track};
		$self->{lines}{$mid} = {
			kind => $track->{kind}, track => $track->{track},
		};
	}

	my @closing = splice @{$self->{closing}};

	$self->{lines}{$_}{closed} = 1 for @closing;

	my $sdp = $self->{peer}->offer($self->{id}, send => \@send,
		recv => \@recv, close => \@closing,
		restart => delete $self->{restart} ? 1 : 0);

	my %message = (
		sdp => $sdp,
		%publish ? (publish => \%publish) : (),
		%receive ? (receive => \%receive) : (),
	);

	$self->{offered} = {
		mids => [ map { $_->{mid} } @send, @recv ],
		message => \%message,
	};
	$self->{offers}++;
	$self->{offered_at} = int(clock_gettime(CLOCK_MONOTONIC) * 1e6);

	$self->{ws}->send('offer', %message);

	return;
}

# true when nothing is left to negotiate

sub settled {
	my ($self) = @_;

	return !$self->{offered} && !@{$self->{wanted}}
		&& !@{$self->{publishing}} && !@{$self->{closing}}
		&& !$self->{restart};
}

###############################################################################

# coming and going

sub join {
	my ($self, $tag, %fields) = @_;

	$self->{tag} = $tag;
	$self->{fields} = \%fields;
	$self->{ws} = $self->{t}->ws($tag);
	$self->{ws}->send('join', name => $self->{name}, %fields);

	loop(sub { $self->{you} || $self->{ended} });

	croak "$self->{name} may not join: " . ($self->{ws}{code} // 'no answer')
		unless $self->{you};

	return $self;
}

# one try; the next comes with the next turn of the loop

sub come_back {
	my ($self) = @_;

	return if time() < ($self->{again} || 0);

	$self->{again} = time() + $AGAIN;
	$self->{lost_at} ||= time();

	my $ws = eval { $self->{t}->ws($self->{tag}) } or return;

	$ws->send('join', name => $self->{name}, %{$self->{fields}},
		resume => $self->{ticket});

	$self->{ws} = $ws;
	$self->{ended} = 0;
	$self->{coming} = 1;

	return;
}

# media flows: offers are answered, ICE and DTLS are done

sub connected {
	my ($self, $seconds) = @_;
	return loop(sub { $self->secure() && $self->settled() }, $seconds);
}

sub secure {
	my ($self) = @_;
	return $self->{secure} ||= $self->{peer}->event($self->{id}, 'secure');
}

# all that the others publish is received

sub complete {
	my ($self, $tracks, $seconds) = @_;

	return loop(sub {
		$self->settled() && $self->received() == $tracks;
	}, $seconds);
}

# leaves by the protocol; the others hear it at once

sub leave {
	my ($self) = @_;

	$self->{resume} = 0;
	$self->{ws}->send('leave');

	loop(sub { $self->{ended} });

	$self->{peer}->close_peer($self->{id});
	delete $members{$self->{id}};

	return $self;
}

# the program is killed: TCP says so, UDP is silent

sub crash {
	my ($self) = @_;

	$self->{resume} = 0;
	$self->{peer}->close_peer($self->{id}, silent => 1);
	$self->{ws}->disconnect();
	$self->{ended} = 1;
	delete $members{$self->{id}};

	return $self;
}

# the connection breaks, the peer lives on

sub disconnect {
	my ($self) = @_;

	$self->{ws}->disconnect();
	$self->{ended} = 1;

	return $self;
}

###############################################################################

# the peer program's commands: for m-lines by kind or mid, and for the peer

sub start {
	my ($self, $track, %opt) = @_;

	push @{$self->{started}}, [ $track, %opt ];

	return $self->begin($track, %opt);
}

sub begin {
	my ($self, $track, %opt) = @_;
	return $self->{peer}->start($self->{id}, mid => $self->sending($track),
		%opt);
}

sub drop_out {
	my ($self, $track, %opt) = @_;
	return $self->{peer}->drop_out($self->{id},
		mid => $self->sending($track), %opt);
}

# a layer of simulcast, and how loud it is

for my $name (qw/ layer level /) {
	no strict 'refs';

	*$name = sub {
		my ($self, $track, %opt) = @_;
		return $self->{peer}->$name($self->{id},
			mid => $self->sending($track), %opt);
	};
}

for my $name (qw/ drop_in pli fir /) {
	no strict 'refs';

	*$name = sub {
		my ($self, $mid, %opt) = @_;
		return $self->{peer}->$name($self->{id}, mid => "$mid", %opt);
	};
}

for my $name (qw/ stop nack rr twcc bye mute_ice migrate impair dtls inject
	raw stats forget /)
{
	no strict 'refs';

	*$name = sub {
		my ($self, %opt) = @_;
		return $self->{peer}->$name($self->{id}, %opt);
	};
}

# stats of one m-line; of all receiving ones, by the mark of their source

sub line {
	my ($self, $mid) = @_;
	return $self->{peer}->line($self->{id}, $mid);
}

sub sent {
	my ($self, $name) = @_;
	return $self->line($self->sending($name));
}

sub heard {
	my ($self) = @_;

	my %heard;

	for my $line (@{$self->stats()->{recv}}) {
		$heard{$_->{tag}} = { %$line, flow => $_ } for @{$line->{flows}};
	}

	return \%heard;
}

###############################################################################

1;

###############################################################################
