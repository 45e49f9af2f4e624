// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {MockMXNB} from "../src/test/MockMXNB.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";

/// @notice createAndFundWithPermit: the allowance comes with the call, or was already there.
contract KustodiaEscrowPermitTest is EscrowTest {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    uint256 private constant UNTIL = START + 1 hours;

    struct Signature {
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    function setUp() public override {
        super.setUp();
        vm.prank(BRIDGE);
        token.approve(address(escrow), 0);
    }

    function test_withPermit_needsNoApprovalBefore() public {
        vm.assertEq(create(permit(AMOUNT)), 1, "id");
        assertMoney(AMOUNT, 0);
        vm.assertEq(token.allowance(BRIDGE, address(escrow)), 0, "nothing is left of the allowance");
        vm.assertEq(token.nonces(BRIDGE), 1, "the permit is used up");
    }

    function test_withPermit_makesTheSameEscrow() public {
        uint256 id = create(permit(AMOUNT));
        IKustodiaEscrow.Escrow memory made = escrow.getEscrow(id);
        vm.assertEq(made.payee, SETTLEMENT, "payee");
        vm.assertEq(made.token, address(token), "token");
        vm.assertEq(made.amount, AMOUNT, "amount");
        vm.assertEq(made.deadline, DEADLINE, "deadline");
        vm.assertEq(made.ref, REF, "reference");
        vm.assertEq(escrow.escrowIdOf(REF), id, "id of the reference");
        assertStatus(id, IKustodiaEscrow.Status.Funded);
    }

    function test_withPermit_succeedsWhenSomebodySentThePermitFirst() public {
        Signature memory signature = permit(AMOUNT);
        vm.prank(STRANGER);
        token.permit(BRIDGE, address(escrow), AMOUNT, UNTIL, signature.v, signature.r, signature.s);
        create(signature);
        assertMoney(AMOUNT, 0);
    }

    function test_withPermit_succeedsOnAnAllowanceThatIsThere() public {
        vm.prank(BRIDGE);
        token.approve(address(escrow), AMOUNT);
        create(Signature(27, bytes32(uint256(1)), bytes32(uint256(1))));
        assertMoney(AMOUNT, 0);
    }

    function test_withPermit_failsWithoutPermitAndWithoutAllowance() public {
        Signature memory forged = Signature(27, bytes32(uint256(1)), bytes32(uint256(1)));
        vm.expectRevert(bytes("ERC20: transfer amount exceeds allowance"));
        create(forged);
    }

    function test_withPermit_refusesAPermitThatHasExpired() public {
        Signature memory signature = permit(AMOUNT);
        vm.warp(UNTIL + 1);
        vm.expectRevert(bytes("ERC20: transfer amount exceeds allowance"));
        create(signature);
    }

    function test_withPermit_refusesAPermitOfLess() public {
        Signature memory signature = permit(AMOUNT - 1);
        vm.expectRevert(bytes("ERC20: transfer amount exceeds allowance"));
        create(signature);
    }

    function testFuzz_withPermit_refusesWhoeverIsNoBridge(address caller) public {
        vm.assume(caller != BRIDGE);
        Signature memory its = permit(AMOUNT);
        expectMissingRole(caller, BRIDGE_ROLE);
        vm.prank(caller);
        escrow.createAndFundWithPermit(REF, address(token), AMOUNT, CUSTODY, UNTIL, its.v, its.r, its.s);
    }

    function test_withPermit_isStoppedByThePause() public {
        vm.prank(ADMIN);
        escrow.pause();
        Signature memory signature = permit(AMOUNT);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        create(signature);
    }

    function test_withPermit_refusesAReferenceTwice() public {
        uint256 id = create(permit(AMOUNT));
        Signature memory again = permit(AMOUNT);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ReferenceUsed.selector, REF, id));
        create(again);
        vm.assertEq(token.nonces(BRIDGE), 1, "the second permit is not used up");
    }

    function test_withPermit_callsNoTokenThatIsNotAllowed() public {
        MockMXNB other = new MockMXNB(address(this), address(this), address(this));
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.TokenNotAllowed.selector, address(other)));
        vm.prank(BRIDGE);
        escrow.createAndFundWithPermit(REF, address(other), AMOUNT, CUSTODY, UNTIL, 27, bytes32(0), bytes32(0));
    }

    function create(Signature memory its) private returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createAndFundWithPermit(REF, address(token), AMOUNT, CUSTODY, UNTIL, its.v, its.r, its.s);
    }

    function permit(uint256 amount) private view returns (Signature memory) {
        bytes32 message = keccak256(abi.encode(PERMIT, BRIDGE, address(escrow), amount, token.nonces(BRIDGE), UNTIL));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), message));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(BRIDGE_KEY, digest);
        return Signature(v, r, s);
    }
}
