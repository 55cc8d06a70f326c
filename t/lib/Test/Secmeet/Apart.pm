package Test::Secmeet::Apart;

# Copyright (C) secmeet contributors

# Browsers at the two ends of a link between network namespaces: the server
# and one of them are at this end, the other one is behind the link.  Root
# runs it.
#
#     BEGIN {
#         require Test::Secmeet::Link;
#         Test::Secmeet::Link->alone();
#     }
#
#     my $apart = Test::Secmeet::Apart->new();
#
#     $apart->link()->conf('down', loss => 5);
#     $apart->run('roam.mjs', 1, { of => 'the script' }, please => {
#         'move' => sub { $apart->link()->move($_[0]) },
#     });
#
# The script runs where Firefox is: behind the link if the second argument is
# true.  In its options it finds "behind", and in "away" the command by which
# something is run at the other end.

use warnings;
use strict;

use JSON::PP ();

use Test::More ();
use Test::Secmeet ();
use Test::Secmeet::Browser qw/ page_config /;
use Test::Secmeet::Link ();

###############################################################################

my ($SERVER, $CLIENT) = qw/ 10.9.0.1 10.9.0.2 /;

# with more for the media server

sub new {
	my ($class, $media) = @_;

	my $missing = Test::Secmeet::Browser->missing();

	Test::More::plan(skip_all => $missing) if $missing;
	Test::More::plan(skip_all =>
		'namespaces are not allowed, or no build/link/tun')
		unless Test::Secmeet::Link->alone();

	my $t = Test::Secmeet->new()->plan();

	$t->certificate($SERVER) or $t->skip_all('no openssl');

	my $link = Test::Secmeet::Link->tun($SERVER, $CLIENT);
	my $config = page_config($media);

	$config =~ s/127\.0\.0\.1:/$SERVER:/g;
	$config =~ s{(listen $SERVER:%%PORT_8080%%);}{$1 ssl;
        ssl_certificate %%TESTDIR%%/cert.pem;
        ssl_certificate_key %%TESTDIR%%/key.pem;};

	$t->write_file_expand('nginx.conf', $config)->run();

	return bless { t => $t, link => $link }, $class;
}

sub link { return $_[0]->{link} }
sub server { return $_[0]->{t} }

sub run {
	my ($self, $script, $behind, $options, %opt) = @_;

	my @inside = $self->{link}->inside();
	my @here = ('nsenter', '-t', $$, '-n', '--');

	Test::Secmeet::Browser->new()->run($script,
		"https://$SERVER:" . $self->{t}->port(8080) . '/meet/',
		within => $behind ? \@inside : [],
		args => [ JSON::PP->new->canonical->encode({
			%$options,
			away => $behind ? \@here : \@inside,
			behind => $behind ? JSON::PP::true() : JSON::PP::false(),
		}) ],
		%opt);

	return;
}

###############################################################################

1;

###############################################################################
